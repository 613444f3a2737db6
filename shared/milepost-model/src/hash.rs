use sha2::{Digest, Sha256};

/// The SHA-256 of texts, each with its length before it, so that no two lists of texts are alike.
pub fn hash_of_texts<'a>(texts: impl IntoIterator<Item = &'a str>) -> [u8; 32] {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update((text.len() as u64).to_be_bytes());
        hash.update(text.as_bytes());
    }
    hash.finalize().0
}
