//! Secrets that must be readable again, sealed at rest.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use zeroize::Zeroizing;

use crate::{Key, StoreError};

/// The hub's one key for secrets at rest: 32 random bytes. Wiped from memory with its last copy.
#[derive(Clone)]
pub struct SealKey(Zeroizing<[u8; 32]>);

impl SealKey {
    /// Takes the key.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }
}

/// Without the key.
impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey")
    }
}

/// The form of a sealed secret: this byte, the nonce, AES-256-GCM's ciphertext with its tag.
const FORM: u8 = 1;

/// What AES-GCM wants. Random nonces of this size are safe for 2^32 secrets under one key (NIST SP 800-38D).
const NONCE: usize = 12;

impl SealKey {
    /// Seals the secret of the item at `key`: moved to another item it does not open.
    pub(crate) fn seal(&self, key: &Key, secret: &[u8]) -> Result<Vec<u8>, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce)?;
        let aad = place(key);
        let payload = Payload { msg: secret, aad: &aad };
        // Only a plaintext of 64 GB can fail.
        let sealed = self
            .cipher()
            .encrypt(&nonce.into(), payload)
            .map_err(|_| StoreError::Sealed)?;
        Ok([&[FORM], nonce.as_slice(), &sealed].concat())
    }

    /// The opposite of [`SealKey::seal`].
    pub(crate) fn open(&self, key: &Key, sealed: &[u8]) -> Result<Vec<u8>, StoreError> {
        let (form, rest) = sealed.split_first().ok_or(StoreError::Sealed)?;
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>().ok_or(StoreError::Sealed)?;
        if *form != FORM {
            return Err(StoreError::Sealed);
        }
        let aad = place(key);
        let payload = Payload {
            msg: ciphertext,
            aad: &aad,
        };
        self.cipher()
            .decrypt(&(*nonce).into(), payload)
            .map_err(|_| StoreError::Sealed)
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new((&*self.0).into())
    }
}

/// Both keys of an item with a byte between them that neither has.
fn place(key: &Key) -> Vec<u8> {
    [key.pk().as_bytes(), &[0], key.sk().as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use milepost_model::{AccountId, EndpointId};

    fn endpoint(id: &str) -> Key {
        Key::Endpoint {
            account: AccountId::default_account(),
            id: EndpointId(id.into()),
        }
    }

    #[test]
    fn opens_only_with_the_key_in_its_place() {
        let (ours, theirs) = (SealKey::new([7; 32]), SealKey::new([8; 32]));
        let sealed = ours.seal(&endpoint("se-1"), b"whsec").unwrap();
        assert_eq!(ours.open(&endpoint("se-1"), &sealed).unwrap(), b"whsec");
        assert!(matches!(
            theirs.open(&endpoint("se-1"), &sealed),
            Err(StoreError::Sealed)
        ));
        assert!(matches!(ours.open(&endpoint("se-2"), &sealed), Err(StoreError::Sealed)));
        for cut in 0..sealed.len() {
            assert!(ours.open(&endpoint("se-1"), &sealed[..cut]).is_err(), "{cut}");
        }
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ours.open(&endpoint("se-1"), &changed).is_err(), "{at}");
        }
    }

    #[test]
    fn two_sealings_differ_and_hide() {
        let key = SealKey::new([7; 32]);
        let secret = b"a secret of some length";
        let (one, two) = (
            key.seal(&endpoint("se-1"), secret).unwrap(),
            key.seal(&endpoint("se-1"), secret).unwrap(),
        );
        assert_ne!(one, two, "nonces are random");
        assert!(!one.windows(secret.len()).any(|window| window == secret));
        assert_eq!(format!("{key:?}"), "SealKey");
    }
}
