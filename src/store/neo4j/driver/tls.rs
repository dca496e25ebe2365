//! Failures of TLS, distinguished by what the operator can do.

use neo4rs::Error;
use rustls::{CertificateError, Error as TlsError};

/// The name by which the verifier reports the certificate of a CA that a server presents as its own.
const CA_AS_SERVER: &str = "CaUsedAsEndEntity";

/// Why no TLS connection could be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum TlsFailure {
    /// This machine trusts no CA, so that no certificate can be verified.
    NoTrustedCa,
    /// The certificate is signed by a CA that is not trusted here.
    UntrustedIssuer,
    /// The server presents the certificate of a CA as its own.
    CaAsServer,
    /// The certificate is for other host names.
    OtherHost,
    /// The certificate has expired, or is not valid yet.
    OutsideValidity,
    /// The server does not reply with TLS, or the handshake fails for another reason.
    Handshake,
}

impl TlsFailure {
    /// The failure that an error of the driver reports; none if the error is not of TLS.
    pub(in crate::store) fn of(error: &Error) -> Option<Self> {
        let Error::IOError { detail } = error else {
            return None;
        };
        let failed = detail.get_ref()?.downcast_ref::<TlsError>()?;
        Some(match failed {
            TlsError::InvalidCertificate(certificate) => Self::of_certificate(certificate),
            // The verifier has no variant for it; no other step of a connection returns one without context.
            TlsError::General(_) => Self::NoTrustedCa,
            _ => Self::Handshake,
        })
    }

    fn of_certificate(error: &CertificateError) -> Self {
        match error {
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::OtherHost
            }
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::OutsideValidity,
            CertificateError::Other(other) if other.to_string().contains(CA_AS_SERVER) => Self::CaAsServer,
            _ => Self::UntrustedIssuer,
        }
    }

    /// What is wrong, and what the operator can do.
    pub(in crate::store) const fn advice(self) -> &'static str {
        match self {
            Self::NoTrustedCa => {
                "TLS failed: this machine trusts no CA; install its CA certificates, or name a PEM file with them in SSL_CERT_FILE"
            }
            Self::UntrustedIssuer => {
                "TLS failed: its certificate is not trusted here; name a PEM file with the certificate of its CA in SSL_CERT_FILE, \
                 or write +ssc instead of +s, which trusts any certificate"
            }
            Self::CaAsServer => {
                "TLS failed: its certificate is that of a CA, which a server must not use as its own; issue a certificate for the \
                 server (basicConstraints CA:FALSE), or write +ssc instead of +s, which trusts any certificate"
            }
            Self::OtherHost => {
                "TLS failed: its certificate is for another host name; connect by a name in the certificate, or add this one to it \
                 (subjectAltName)"
            }
            Self::OutsideValidity => {
                "TLS failed: its certificate has expired or is not valid yet; renew it, or correct the clock of this machine"
            }
            Self::Handshake => {
                "TLS failed: the handshake was not completed; if it does not use TLS, leave out the +s or +ssc of the address"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::Arc;

    use super::*;

    fn failure_of(error: TlsError) -> Option<TlsFailure> {
        let detail = io::Error::new(io::ErrorKind::InvalidData, error);
        TlsFailure::of(&Error::IOError { detail })
    }

    #[test]
    fn each_failure_of_tls_has_advice_of_its_own() {
        #[derive(Debug)]
        struct Named(&'static str);
        impl std::fmt::Display for Named {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.0)
            }
        }
        impl std::error::Error for Named {}
        let other = |name| CertificateError::Other(rustls::OtherError(Arc::new(Named(name))));
        let certificates = [
            (CertificateError::UnknownIssuer, TlsFailure::UntrustedIssuer),
            (CertificateError::BadSignature, TlsFailure::UntrustedIssuer),
            (other("PathLenConstraintViolated"), TlsFailure::UntrustedIssuer),
            (other("CaUsedAsEndEntity"), TlsFailure::CaAsServer),
            (CertificateError::NotValidForName, TlsFailure::OtherHost),
            (CertificateError::Expired, TlsFailure::OutsideValidity),
            (CertificateError::NotValidYet, TlsFailure::OutsideValidity),
        ];
        for (certificate, expected) in certificates {
            let failed = failure_of(TlsError::InvalidCertificate(certificate));
            assert_eq!(failed, Some(expected));
        }
        assert_eq!(
            failure_of(TlsError::General("No CA certificates were loaded".into())),
            Some(TlsFailure::NoTrustedCa)
        );
        assert_eq!(
            failure_of(TlsError::HandshakeNotComplete),
            Some(TlsFailure::Handshake)
        );
        let broken = Error::IOError {
            detail: io::ErrorKind::ConnectionReset.into(),
        };
        assert_eq!(TlsFailure::of(&broken), None);
        assert_eq!(TlsFailure::of(&Error::ConnectionError), None);
    }
}
