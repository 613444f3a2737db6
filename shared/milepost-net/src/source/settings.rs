use milepost_model::SourceAddress;

use super::error::SourceError;

/// The settings of a source, read by the kind that they are for.
#[derive(Debug, Clone, Copy)]
pub struct Settings<'a>(&'a SourceAddress);

impl<'a> Settings<'a> {
    /// Those of an address, of which only `known` are allowed: a misspelt setting must not go unheard.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setting`] names one that is not known.
    pub fn of(address: &'a SourceAddress, known: &[&str]) -> Result<Self, SourceError> {
        match address.settings.keys().find(|name| !known.contains(&name.as_str())) {
            Some(name) => Err(wrong(name, "is not one of this kind of source")),
            None => Ok(Self(address)),
        }
    }

    /// A text that has to be there.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setting`] where it is not.
    pub fn text(self, name: &str) -> Result<&'a str, SourceError> {
        self.some_text(name).ok_or_else(|| wrong(name, "is missing"))
    }

    /// A text that may be left out. Empty is left out.
    pub fn some_text(self, name: &str) -> Option<&'a str> {
        self.0.setting(name).filter(|text| !text.is_empty())
    }

    /// A port that may be left out.
    ///
    /// # Errors
    ///
    /// [`SourceError::Setting`] where it is none.
    pub fn port(self, name: &str, usual: u16) -> Result<u16, SourceError> {
        match self.some_text(name) {
            None => Ok(usual),
            Some(text) => text
                .parse()
                .ok()
                .filter(|port| *port > 0)
                .ok_or_else(|| wrong(name, "is not a port")),
        }
    }
}

pub(super) fn wrong(name: &str, problem: &'static str) -> SourceError {
    SourceError::Setting {
        name: name.to_owned(),
        problem,
    }
}
