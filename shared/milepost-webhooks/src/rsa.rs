//! ShipEngine's own signature: RSASSA-PKCS1-v1_5 with SHA-256 over `timestamp.body`, and the key that verifies it.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::WebhookError;

/// What the hub signs with in ShipEngine's way: one RSA key for all receivers, who find its public half at `/jwks`.
pub struct SigningKey {
    pair: RsaKeyPair,
    modulus: String,
    exponent: String,
    id: String,
}

/// Without the key.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl SigningKey {
    /// Reads a private key of 2,048 bits or more: PKCS #8 as PEM, or its base64 alone.
    ///
    /// # Errors
    /// [`WebhookError::SigningKey`].
    pub fn parse(text: &str) -> Result<Self, WebhookError> {
        let base64: String = text
            .lines()
            .filter(|line| !line.starts_with("-----"))
            .flat_map(|line| line.chars().filter(|c| !c.is_whitespace()))
            .collect();
        let der = STANDARD.decode(base64).map_err(|_| WebhookError::SigningKey)?;
        let pair = RsaKeyPair::from_pkcs8(&der).map_err(|_| WebhookError::SigningKey)?;
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let (modulus, exponent) = components(pair.public_key().as_ref()).ok_or(WebhookError::SigningKey)?;
        let (modulus, exponent) = (part(modulus), part(exponent));
        // RFC 7638: the members that make the key, in order of their names, without spaces.
        let members = format!(r#"{{"e":"{exponent}","kty":"RSA","n":"{modulus}"}}"#);
        let id = URL_SAFE_NO_PAD.encode(Sha256::digest(members));
        Ok(Self {
            pair,
            modulus,
            exponent,
            id,
        })
    }

    /// A new private key, as [`SigningKey::parse`] reads it.
    ///
    /// # Errors
    /// [`WebhookError::SigningKey`] when it cannot be made.
    pub fn generate() -> Result<String, WebhookError> {
        let pair = KeyPair::generate(KeySize::Rsa2048).map_err(|_| WebhookError::SigningKey)?;
        let der = pair.as_der().map_err(|_| WebhookError::SigningKey)?;
        Ok(STANDARD.encode(der.as_ref()))
    }

    /// The three headers of one attempt.
    ///
    /// # Errors
    /// [`WebhookError::SigningKey`] when nothing can be signed.
    pub fn headers(&self, at: Timestamp, body: &[u8]) -> Result<Vec<(String, String)>, WebhookError> {
        // Whole seconds: what receivers parse with any library.
        let timestamp = Timestamp::from_second(at.as_second()).unwrap_or(at).to_string();
        let signed = [timestamp.as_bytes(), b".", body].concat();
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), &signed, &mut signature)
            .map_err(|_| WebhookError::SigningKey)?;
        let header = |name: &str, value: String| (format!("x-shipengine-{name}"), value);
        Ok(vec![
            header("rsa-sha256-key-id", self.id.clone()),
            header("rsa-sha256-signature", STANDARD.encode(signature)),
            header("timestamp", timestamp),
        ])
    }

    /// The public key as a set of JSON Web Keys (RFC 7517).
    pub fn jwks(&self) -> Value {
        json!({"keys": [{
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.id,
            "n": self.modulus,
            "e": self.exponent,
        }]})
    }
}

/// Modulus and exponent of a public key: DER of two whole numbers in a sequence (RFC 8017, appendix A.1.1).
fn components(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sequence, _) = value(der, 0x30)?;
    let (modulus, rest) = value(sequence, 0x02)?;
    let (exponent, _) = value(rest, 0x02)?;
    // A zero in front says that the number is positive.
    Some((modulus.strip_prefix(&[0]).unwrap_or(modulus), exponent))
}

/// The content of the first value, which has this tag, and what follows it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (found, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    // Below 128 it is the length; above, how many bytes the length takes.
    let bytes = usize::from(first.checked_sub(128).unwrap_or(0));
    let (length, rest) = rest.split_at_checked(bytes)?;
    let long = length.iter().fold(0_usize, |sum, byte| (sum << 8) | usize::from(*byte));
    let length = if *first < 128 { usize::from(*first) } else { long };
    (*found == tag && bytes <= 4).then(|| rest.split_at_checked(length))?
}

#[cfg(test)]
mod tests {
    use super::*;
    use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};

    #[test]
    fn the_published_key_verifies_what_was_signed() {
        let text = SigningKey::generate().unwrap();
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{text}\n-----END PRIVATE KEY-----\n");
        let (key, same) = (SigningKey::parse(&text).unwrap(), SigningKey::parse(&pem).unwrap());
        assert_eq!(key.id, same.id);
        assert!(!format!("{key:?}").contains(&key.modulus[..20]));
        let at = "2026-11-20T14:03:00.5Z".parse().unwrap();
        let headers = key.headers(at, b"{}").unwrap();
        let value = |name: &str| headers.iter().find(|(n, _)| n == name).unwrap().1.as_str();
        assert_eq!(value("x-shipengine-timestamp"), "2026-11-20T14:03:00Z");
        let jwks = key.jwks();
        let jwk = &jwks["keys"][0];
        assert_eq!(jwk["kid"], value("x-shipengine-rsa-sha256-key-id"));
        let part = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
        assert_eq!((part("n").len(), part("e")), (256, vec![1, 0, 1]));
        let der = key.pair.public_key().as_ref();
        assert!(der.windows(256).any(|window| window == part("n")));
        let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, der);
        let signature = STANDARD.decode(value("x-shipengine-rsa-sha256-signature")).unwrap();
        let verifies = |signed: &[u8]| public.verify(signed, &signature).is_ok();
        assert!(verifies(b"2026-11-20T14:03:00Z.{}"));
        assert!(!verifies(b"2026-11-20T14:03:00Z.{ }"));
        for bad in ["", "no key", "AAAA"] {
            assert!(SigningKey::parse(bad).is_err());
        }
    }
}
