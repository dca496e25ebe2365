//! The address of the client: the peer of the connection or, behind trusted proxies, the address that the nearest of them states
//! in `X-Forwarded-For`.

use std::net::{IpAddr, Ipv6Addr, SocketAddr, SocketAddrV6};

use axum::http::{HeaderMap, HeaderName};

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the peer of a connection.
#[derive(Clone, Copy, Debug)]
pub(in crate::http) struct PeerAddress(pub(in crate::http) IpAddr);

/// The address of the client. The header is read from the right, across its lines, and only past trusted proxies: a client may have
/// written the rest itself. If a proxy states something that is not an address, the proxy counts as the client.
pub(in crate::http) fn client_address(peer: IpAddr, headers: &HeaderMap, proxies: &[IpAddr]) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut hops = lines
        .flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|hop| !hop.is_empty());
    while is_proxy(client, proxies)
        && let Some(hop) = hops.next().and_then(parse_address)
    {
        client = hop;
    }
    client
}

/// Whether an address is a trusted proxy.
pub(in crate::http) fn is_proxy(address: IpAddr, proxies: &[IpAddr]) -> bool {
    let address = address.to_canonical();
    proxies.iter().any(|proxy| proxy.to_canonical() == address)
}

/// The network whose addresses count as one client: an IPv6 customer has a /64 network.
pub(in crate::http) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() >> 64 << 64)),
        v4 @ IpAddr::V4(_) => v4,
    }
}

/// Parses an address as proxies write it: with or without a port, an IPv6 address with or without brackets.
fn parse_address(hop: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(hop).ok()?;
    let bracketed = || {
        text.strip_prefix('[')?
            .strip_suffix(']')?
            .parse::<Ipv6Addr>()
            .ok()
    };
    let address = (text.parse::<IpAddr>().ok())
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .or_else(|| {
            text.parse::<SocketAddrV6>()
                .ok()
                .map(|socket| (*socket.ip()).into())
        })
        .or_else(|| bracketed().map(IpAddr::V6));
    address.map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The client behind the proxies `10.0.0.1`, `10.0.0.2` and `fd00::1`, by the lines of the header.
    fn behind(peer: &str, lines: &[&[u8]]) -> String {
        let proxies = ["10.0.0.1", "::ffff:10.0.0.2", "fd00::1"].map(|proxy| proxy.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(line).unwrap());
        }
        client_address(peer.parse().unwrap(), &headers, &proxies).to_string()
    }

    #[test]
    fn the_header_is_read_from_the_right_past_proxies_alone() {
        for (peer, lines, expected) in [
            ("203.0.113.5", &[&b"1.2.3.4"[..]][..], "203.0.113.5"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &[b"1.2.3.4"], "1.2.3.4"),
            ("::ffff:10.0.0.1", &[b"1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &[b"9.9.9.9, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &[b"9.9.9.9,1.2.3.4 ,\t10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &[b"9.9.9.9", b"1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &[b"9.9.9.9", b"1.2.3.4", b"10.0.0.2"], "1.2.3.4"),
            ("10.0.0.1", &[b"1.2.3.4:5678"], "1.2.3.4"),
            ("10.0.0.1", &[b"[2001:db8::7]:5678"], "2001:db8::7"),
            ("10.0.0.1", &[b"[2001:db8::7]"], "2001:db8::7"),
            ("10.0.0.1", &[b"2001:db8::7"], "2001:db8::7"),
            ("10.0.0.1", &[b"::ffff:1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &[b"1.2.3.4, [fd00::1]:80, 10.0.0.2:443"], "1.2.3.4"),
            ("10.0.0.1", &[b", 1.2.3.4, , ", b""], "1.2.3.4"),
            ("10.0.0.1", &[b"10.0.0.1, 10.0.0.2"], "10.0.0.1"),
        ] {
            assert_eq!(behind(peer, lines), expected, "{peer} {lines:?}");
        }
    }

    #[test]
    fn an_invalid_address_ends_the_search() {
        for garbage in [
            &b"unknown"[..],
            b"_hidden",
            b"1.2.3",
            b"1.2.3.4:99999",
            b"1.2.3.4:",
            b"[2001:db8::7",
            b"\"1.2.3.4\"",
            b"for=1.2.3.4",
            b"1.2.3.4 5.6.7.8",
            "１.2.3.4".as_bytes(),
            b"\xff\xfe",
        ] {
            let mut line = b"9.9.9.9, ".to_vec();
            line.extend(garbage);
            assert_eq!(behind("10.0.0.1", &[&line]), "10.0.0.1", "{line:?}");
            line.extend(b", 10.0.0.2");
            assert_eq!(behind("10.0.0.1", &[&line]), "10.0.0.2", "{line:?}");
            line.extend(b", 5.6.7.8");
            assert_eq!(behind("10.0.0.1", &[&line]), "5.6.7.8", "{line:?}");
        }
    }

    #[test]
    fn addresses_of_one_network_count_as_one() {
        let same = |a: &str, b: &str| network(a.parse().unwrap()) == network(b.parse().unwrap());
        assert!(same("2001:db8::1", "2001:db8::ffff:1"));
        assert!(!same("2001:db8::1", "2001:db8:0:1::1"));
        assert!(same("::ffff:10.0.0.1", "10.0.0.1") && !same("10.0.0.1", "10.0.0.2"));
    }
}
