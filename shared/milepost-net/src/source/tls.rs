//! Which certificate a server must show: one that the system trusts, or one that the operator names.
//!
//! Carriers' FTP servers often sign their own certificates. Such a one is named by its hash, as an SSH host key is.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;
use sha2::{Digest, Sha256};
use suppaftp::tokio::AsyncRustlsConnector;
use tokio_rustls::TlsConnector;

use super::error::SourceError;

/// The SHA-256 of a certificate in DER.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Reads 64 hex digits, with colons between or none: as `openssl x509 -fingerprint -sha256` prints them.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: Vec<u8> = text.bytes().filter(|byte| *byte != b':').collect();
        let mut bytes = [0; 32];
        if digits.len() != 64 || !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        Some(Self(bytes))
    }

    /// That of a certificate in DER.
    pub fn of(certificate: &[u8]) -> Self {
        Self(Sha256::digest(certificate).into())
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

/// TLS settings for the connections to one server. Sessions are kept, so that a data connection can resume that of the
/// control connection.
#[derive(Clone)]
pub(super) struct Tls {
    settings: Arc<ClientConfig>,
    check: Arc<Check>,
}

impl Tls {
    /// Trusts what the system trusts.
    pub(super) fn trusted() -> Result<Self, SourceError> {
        Self::with(None)
    }

    /// Trusts one certificate.
    pub(super) fn pinned(certificate: Fingerprint) -> Result<Self, SourceError> {
        Self::with(Some(certificate))
    }

    fn with(pin: Option<Fingerprint>) -> Result<Self, SourceError> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let system = match pin {
            Some(_) => None,
            None => Some(Verifier::new(Arc::clone(&provider)).map_err(|_| NO_TRUST)?),
        };
        let check = Arc::new(Check {
            pin,
            system,
            provider: Arc::clone(&provider),
            refused: Mutex::new(None),
        });
        let settings = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| NO_TRUST)?
            // The check is either the system's or stricter.
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&check) as Arc<dyn ServerCertVerifier>)
            .with_no_client_auth();
        Ok(Self {
            settings: Arc::new(settings),
            check,
        })
    }

    /// For one login.
    pub(super) fn connector(&self) -> AsyncRustlsConnector {
        TlsConnector::from(Arc::clone(&self.settings)).into()
    }

    /// The error of a handshake, with the certificate if that was the reason.
    pub(super) fn refused(&self, error: SourceError) -> SourceError {
        let mut seen = self.check.refused.lock().unwrap_or_else(PoisonError::into_inner);
        match (error, seen.take()) {
            (SourceError::Tls { .. }, Some((seen, why))) => SourceError::Certificate {
                why,
                seen: seen.to_string(),
            },
            (error, _) => error,
        }
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("pin", &self.check.pin)
            .finish_non_exhaustive()
    }
}

/// What a machine without trust roots makes of every server.
pub(super) const NO_TRUST: SourceError = SourceError::Tls { step: "trust roots" };

/// What is wrong with a certificate, in words.
pub(super) fn why(problem: &CertificateError) -> &'static str {
    match problem {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "it has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "it is not valid yet",
        CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => "it is for another name",
        CertificateError::UnknownIssuer => "nobody whom this machine trusts has signed it",
        CertificateError::Revoked => "it was revoked",
        // Said of a pinned one above.
        CertificateError::ApplicationVerificationFailure => "it is not the connection's certificate",
        _ => "it does not hold",
    }
}

#[derive(Debug)]
struct Check {
    pin: Option<Fingerprint>,
    system: Option<Verifier>,
    provider: Arc<CryptoProvider>,
    /// The last certificate that was refused and why, for who has to be told.
    refused: Mutex<Option<(Fingerprint, &'static str)>>,
}

impl ServerCertVerifier for Check {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let seen = Fingerprint::of(end_entity);
        let verdict = match &self.system {
            Some(system) => system.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now),
            None if self.pin == Some(seen) => Ok(ServerCertVerified::assertion()),
            None => Err(CertificateError::ApplicationVerificationFailure.into()),
        };
        if let Err(error) = &verdict {
            let why = match error {
                Error::InvalidCertificate(problem) => why(problem),
                _ => "it cannot be read",
            };
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some((seen, why));
        }
        verdict
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, cert, dss, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

    use super::*;

    /// What is said of a certificate for `name` until `year`, signed by somebody who is trusted or not.
    fn judged(name: &str, year: i32, trusted: bool) -> Result<(), &'static str> {
        let mut root = CertificateParams::new(Vec::new()).unwrap();
        root.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let of_root = root.self_signed(&key).unwrap();
        let issuer = Issuer::new(root, key);
        let mut shown = CertificateParams::new([name.to_owned()]).unwrap();
        shown.not_before = date_time_ymd(2020, 1, 1);
        shown.not_after = date_time_ymd(year, 1, 1);
        let shown = shown.signed_by(&KeyPair::generate().unwrap(), &issuer).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let roots = trusted.then(|| of_root.der().clone());
        let check = Check {
            pin: None,
            system: Some(Verifier::new_with_extra_roots(roots, Arc::clone(&provider)).unwrap()),
            provider,
            refused: Mutex::new(None),
        };
        // The day is given, since the check reads no clock.
        let now = UnixTime::since_unix_epoch(Duration::from_secs(1_795_172_400));
        let name = ServerName::try_from("ftp.carrier.example").unwrap();
        let verdict = check.verify_server_cert(shown.der(), &[], &name, &[], now);
        let refused = check.refused.lock().unwrap().take();
        assert_eq!(verdict.is_err(), refused.is_some());
        refused.map_or(Ok(()), |(seen, why)| {
            assert_eq!(seen, Fingerprint::of(shown.der()));
            Err(why)
        })
    }

    #[test]
    fn what_is_wrong_with_a_certificate() {
        let check = |name, year, trusted, expect| {
            assert_eq!(judged(name, year, trusted), expect, "{name} {year} {trusted}");
        };
        check("ftp.carrier.example", 2030, true, Ok(()));
        check("ftp.carrier.example", 2025, true, Err("it has expired"));
        check("www.carrier.example", 2030, true, Err("it is for another name"));
        check(
            "ftp.carrier.example",
            2030,
            false,
            Err("nobody whom this machine trusts has signed it"),
        );
    }

    #[test]
    fn fingerprints() {
        let written = "E3:B0:C4:42:98:FC:1C:14:9A:FB:F4:C8:99:6F:B9:24:27:AE:41:E4:64:9B:93:4C:A4:95:99:1B:78:52:B8:55";
        let plain = written.replace(':', "").to_lowercase();
        assert_eq!(Fingerprint::parse(written), Some(Fingerprint::of(b"")));
        assert_eq!(Fingerprint::parse(&plain).map(|print| print.to_string()), Some(plain));
        for wrong in ["", "e3b0", &"g".repeat(64), &"e".repeat(65)] {
            assert_eq!(Fingerprint::parse(wrong), None, "{wrong}");
        }
    }
}
