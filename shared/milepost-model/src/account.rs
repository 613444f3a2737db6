use std::fmt;
use std::str::FromStr;

use crate::Invalid;

/// Who uses the hub: an API key belongs to one account. 1 to 40 characters of `a-z 0-9 -`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AccountId(Box<str>);

impl AccountId {
    /// The account that exists from the first start.
    pub fn default_account() -> Self {
        Self("default".into())
    }

    /// Reads an account's name.
    ///
    /// # Errors
    /// [`Invalid::AccountId`].
    pub fn parse(written: &str) -> Result<Self, Invalid> {
        if is_name(written, 40) {
            Ok(Self(written.into()))
        } else {
            Err(Invalid::AccountId)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Lower case letters, digits and hyphens, not beginning with a hyphen: safe in keys, paths and queue messages.
pub(crate) fn is_name(text: &str, max: usize) -> bool {
    (1..=max).contains(&text.len())
        && !text.starts_with('-')
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

impl FromStr for AccountId {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::parse(s)
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccountId({})", self.0)
    }
}

/// Who may see a bundle: the account whose connection brought it, or everybody.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// One account.
    Account(AccountId),
    /// A connection that the operator marked shared, or a live answer fetched with the hub's own credentials.
    Shared,
}

impl Scope {
    /// `*` or the account's name, as it stands in keys.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Account(account) => account.as_str(),
            Self::Shared => "*",
        }
    }

    /// The opposite of [`Scope::as_str`].
    ///
    /// # Errors
    /// [`Invalid::AccountId`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text == "*" {
            Ok(Self::Shared)
        } else {
            AccountId::parse(text).map(Self::Account)
        }
    }

    /// Whether `viewer` may see what has this scope: its own and what is shared.
    pub fn visible_to(&self, viewer: &AccountId) -> bool {
        match self {
            Self::Account(owner) => owner == viewer,
            Self::Shared => true,
        }
    }
}
