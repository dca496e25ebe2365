//! TLS to a real Neo4j: each failure says what to change, and nothing is served without a trusted certificate.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::app::BACK_WITHIN;
use crate::command::{hukun, seed};
use crate::command_neo4j::ran;
use crate::support::Neo4jServer;
use crate::support::server::OwnServer;

/// A CA of a test and the certificate of a server that it issued, for 127.0.0.1 alone.
struct Certificates(tempfile::TempDir);

impl Certificates {
    fn issue() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let extensions = "subjectAltName=IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n";
        fs::write(directory.path().join("extensions"), extensions).unwrap();
        let key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
        for arguments in [
            format!("req -x509 {key} -subj /CN=ca -days 2 -keyout ca.key -out ca.crt"),
            format!("req {key} -subj /CN=neo4j -keyout private.key -out server.csr"),
            "x509 -req -in server.csr -CA ca.crt -CAkey ca.key -set_serial 1 -days 2 -extfile extensions -out public.crt"
                .into(),
        ] {
            let made = Command::new("openssl")
                .args(arguments.split(' '))
                .current_dir(directory.path())
                .output()
                .expect("openssl is needed for certificates");
            assert!(made.status.success(), "{made:?}");
        }
        Self(directory)
    }

    /// The certificate of the CA.
    fn ca(&self) -> PathBuf {
        self.0.path().join("ca.crt")
    }

    /// The certificates with that of the CA in place of the server's own.
    fn with_ca_as_server(&self) -> Self {
        let other = tempfile::tempdir().unwrap();
        for (from, to) in [("ca.crt", "public.crt"), ("ca.key", "private.key")] {
            fs::copy(self.0.path().join(from), other.path().join(to)).unwrap();
        }
        fs::copy(self.ca(), other.path().join("ca.crt")).unwrap();
        Self(other)
    }
}

/// A server, and how the command line reaches it.
struct Reached<'s> {
    server: &'s Neo4jServer,
    home: &'s Path,
}

impl<'s> Reached<'s> {
    fn new(server: &'s Neo4jServer, home: &'s Path) -> Self {
        Self { server, home }
    }

    fn command(&self, command: &str, scheme: &str, host: &str, ca: Option<&Path>) -> Command {
        let mut hukun = hukun(self.home);
        let uri = format!("{scheme}://{host}:{}", self.server.port());
        hukun
            .args([command, "--store", &uri, "--store-startup-ms-max", "3000"])
            .env("HUKUN_STORE_PASSWORD", self.server.password());
        if let Some(ca) = ca {
            hukun.env("SSL_CERT_FILE", ca);
        }
        hukun
    }

    /// Opening it fails, at once, with these words.
    fn is_refused(&self, scheme: &str, host: &str, ca: Option<&Path>, words: &str) {
        let begun = Instant::now();
        let (code, told, log) = ran(&mut self.command("check", scheme, host, ca));
        assert_eq!(code, 1, "{scheme}: {told}{log}");
        let place = format!("{scheme}://{host}:{}", self.server.port());
        assert!(
            log.contains(&format!("{place} cannot be opened: {words}")),
            "{scheme}: {log}"
        );
        assert!(begun.elapsed() < Duration::from_secs(30), "{scheme}: {log}");
    }
}

const ADDRESS: &str = "127.0.0.1";
const NO_TLS: &str = "it accepts the connection and closes it before the handshake: it may require TLS (neo4j+s:// or bolt+s://";
const UNTRUSTED: &str = "TLS failed: its certificate is not trusted here; name a PEM file with the certificate of its CA in SSL_CERT_FILE";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wrong_with_tls_is_named_and_a_trusted_certificate_is_served_from() {
    let mut server = Neo4jServer::start_own().await;
    let (home, certificates) = (tempfile::tempdir().unwrap(), Certificates::issue());
    let ca = certificates.ca();
    for scheme in ["bolt+s", "neo4j+s", "bolt+ssc", "neo4j+ssc"] {
        let words = "it accepts the connection and closes it during the TLS handshake: it may not use TLS (neo4j:// or bolt://,";
        Reached::new(&server, home.path()).is_refused(scheme, ADDRESS, Some(&ca), words);
    }
    server.stop();
    server.restart_with_tls(certificates.0.path()).await;
    let reached = Reached::new(&server, home.path());
    for scheme in ["bolt", "neo4j"] {
        reached.is_refused(scheme, ADDRESS, Some(&ca), NO_TLS);
    }
    let (nowhere, other) = (home.path().join("nowhere"), Certificates::issue());
    for scheme in ["bolt+s", "neo4j+s"] {
        reached.is_refused(scheme, ADDRESS, Some(&other.ca()), UNTRUSTED);
        reached.is_refused(
            scheme,
            "localhost",
            Some(&ca),
            "TLS failed: its certificate is for another host name",
        );
        reached.is_refused(
            scheme,
            ADDRESS,
            Some(&nowhere),
            "TLS failed: this machine trusts no CA",
        );
    }
    let (code, told, log) = ran(reached
        .command("import", "neo4j+s", ADDRESS, Some(&ca))
        .arg(seed()));
    assert_eq!(code, 0, "{told}{log}");
    for (scheme, ca) in [
        ("bolt+s", Some(&*ca)),
        ("neo4j+s", Some(&*ca)),
        ("bolt+ssc", None),
        ("neo4j+ssc", None),
    ] {
        let (code, told, log) = ran(&mut reached.command("check", scheme, ADDRESS, ca));
        assert_eq!(
            (code, &*told),
            (0, "352 records clean at revision 1\n"),
            "{scheme}: {log}"
        );
    }
    // What `openssl req -x509` makes, which is often given to a server.
    let itself = certificates.with_ca_as_server();
    server.stop();
    server.restart_with_tls(itself.0.path()).await;
    let words = "TLS failed: its certificate is that of a CA";
    Reached::new(&server, home.path()).is_refused("neo4j+s", ADDRESS, Some(&itself.ca()), words);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_that_is_replaced_by_an_untrusted_one_ends_the_service_until_it_is_back() {
    let mut server = Neo4jServer::start_own().await;
    let (home, certificates) = (tempfile::tempdir().unwrap(), Certificates::issue());
    server.stop();
    server.restart_with_tls(certificates.0.path()).await;
    let ca = certificates.ca();
    let reached = Reached::new(&server, home.path());
    let (code, _, log) = ran(reached
        .command("import", "neo4j+s", ADDRESS, Some(&ca))
        .arg(seed()));
    assert_eq!(code, 0, "{log}");
    let serving = OwnServer::with_settings(&[
        ("HUKUN_STORE", &format!("neo4j+s://{ADDRESS}:{}", server.port())),
        ("HUKUN_STORE_PASSWORD", server.password()),
        ("SSL_CERT_FILE", &ca.display().to_string()),
    ]);
    assert_eq!(serving.write("fund:before", "small").await, None);

    server.kill();
    server.restart_with_tls(Certificates::issue().0.path()).await;
    let words = format!("is unavailable ({UNTRUSTED}");
    let begun = Instant::now();
    while !serving.log().contains(&words) {
        // Neo4j was away before.
        assert!(begun.elapsed() < BACK_WITHIN, "{}", serving.log());
        let refused = serving.write("fund:refused", "small").await.unwrap();
        assert_eq!(refused.0, "STORE_UNAVAILABLE", "{refused:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(serving.ready("").await.0, 503);

    server.kill();
    server.restart_with_tls(certificates.0.path()).await;
    let begun = Instant::now();
    while serving.ready("").await.0 != 200 {
        assert!(begun.elapsed() < BACK_WITHIN, "{}", serving.log());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let ids = ["fund:before", "fund:refused"].map(String::from);
    assert_eq!(serving.has(&ids).await, [true, false]);
}
