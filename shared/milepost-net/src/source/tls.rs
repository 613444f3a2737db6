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
            None => Some(Verifier::new(Arc::clone(&provider)).map_err(|_| SourceError::Tls)?),
        };
        let check = Arc::new(Check {
            pin,
            system,
            provider: Arc::clone(&provider),
            refused: Mutex::new(None),
        });
        let settings = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|_| SourceError::Tls)?
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
            (SourceError::Tls, Some(seen)) => SourceError::Certificate { seen: seen.to_string() },
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

#[derive(Debug)]
struct Check {
    pin: Option<Fingerprint>,
    system: Option<Verifier>,
    provider: Arc<CryptoProvider>,
    /// The last certificate that was refused, for who has to be told.
    refused: Mutex<Option<Fingerprint>>,
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
        if verdict.is_err() {
            *self.refused.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
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
    use super::*;

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
