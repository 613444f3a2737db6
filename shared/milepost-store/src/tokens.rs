//! Tokens of carriers' APIs, sealed, shared by every invocation; one refresh at a time.

use jiff::Timestamp;

use crate::calls::Answer;
use crate::items::{Fields, bytes, instant, number};
use crate::once::{PUT_BY, Token as Write};
use crate::{CredentialsHash, Key, SealKey, Store, StoreError, TTL_ATTRIBUTE};

const KIND: &str = "token";

/// The token, sealed to its item.
const SEALED: &str = "sealed";

/// Until when it is good, in Unix milliseconds.
const UNTIL: &str = "good_until";

/// Until when somebody is getting a new one, in Unix milliseconds.
const HELD: &str = "held_until";

/// A token that does not leave this hub but to its carrier.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredToken {
    /// The text.
    pub text: String,
    /// Until when it is good.
    pub until: Timestamp,
}

impl std::fmt::Debug for StoredToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredToken")
            .field("until", &self.until)
            .finish_non_exhaustive()
    }
}

/// The right to get a new token.
#[derive(Debug, Clone)]
pub struct TokenRefresh {
    key: Key,
    write: Write,
}

impl Store {
    /// The token of some credentials, if it is still good at `now`.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Item`]. One that does not open (the sealing key is another since) is none.
    pub async fn token(
        &self,
        credentials: CredentialsHash,
        seal: &SealKey,
        now: Timestamp,
    ) -> Result<Option<StoredToken>, StoreError> {
        let key = Key::Token { credentials };
        let Some(item) = self.get(&key).await? else {
            return Ok(None);
        };
        let fields = self.read(Fields::of(KIND, &item))?;
        let Some(until) = self.read(fields.some_instant(UNTIL))?.filter(|until| *until > now) else {
            return Ok(None);
        };
        let opened = seal.open(&key, self.read(fields.bytes(SEALED))?);
        let text = opened.ok().and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.map(|text| StoredToken { text, until }))
    }

    /// Takes the right to get a new token; `None` when somebody else has it.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn take_token_refresh(
        &self,
        credentials: CredentialsHash,
        now: Timestamp,
        held_until: Timestamp,
    ) -> Result<Option<TokenRefresh>, StoreError> {
        let (key, write) = (Key::Token { credentials }, Write::new()?);
        let update = self
            .update(&key)
            .update_expression(format!("SET v = :v, {PUT_BY} = :by, {HELD} = :held"))
            .condition_expression(format!("attribute_not_exists({HELD}) OR {HELD} <= :now"))
            .expression_attribute_values(":v", number(1))
            .expression_attribute_values(":by", write.value())
            .expression_attribute_values(":held", instant(held_until))
            .expression_attribute_values(":now", instant(now));
        let taken = match self.do_update(update).await? {
            Answer::Done(_) => true,
            Answer::Refused(there) => write.wrote(there.as_ref()),
        };
        Ok(taken.then_some(TokenRefresh { key, write }))
    }

    /// Puts the new token, or gives the right back without one. Whoever took the right since keeps it.
    ///
    /// # Errors
    /// [`StoreError::Call`], [`StoreError::Random`].
    pub async fn end_token_refresh(
        &self,
        refresh: &TokenRefresh,
        token: Option<&StoredToken>,
        seal: &SealKey,
    ) -> Result<(), StoreError> {
        let update = self
            .update(&refresh.key)
            .condition_expression(format!("{PUT_BY} = :by"))
            .expression_attribute_values(":by", refresh.write.value());
        let update = match token {
            None => update.update_expression(format!("REMOVE {HELD}")),
            Some(token) => update
                .update_expression(format!(
                    "SET {SEALED} = :sealed, {UNTIL} = :until, {TTL_ATTRIBUTE} = :expires REMOVE {HELD}"
                ))
                .expression_attribute_values(":sealed", bytes(seal.seal(&refresh.key, token.text.as_bytes())?))
                .expression_attribute_values(":until", instant(token.until))
                .expression_attribute_values(":expires", number(token.until.as_second() + 86_400)),
        };
        self.do_update(update).await?;
        Ok(())
    }

    /// Forgets a token that the carrier refused, if it is still the one that is kept.
    ///
    /// # Errors
    /// [`StoreError::Call`].
    pub async fn forget_token(&self, credentials: CredentialsHash, refused: &StoredToken) -> Result<(), StoreError> {
        let update = self
            .update(&Key::Token { credentials })
            .update_expression(format!("REMOVE {UNTIL}"))
            .condition_expression(format!("{UNTIL} = :until"))
            .expression_attribute_values(":until", instant(refused.until));
        self.do_update(update).await?;
        Ok(())
    }
}
