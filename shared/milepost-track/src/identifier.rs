use crate::TrackError;

/// Identifiers of one parcel that a lookup may give beside its number; Connect knows a handful of types.
const MAX_IDENTIFIERS: usize = 10;

/// Longest type and value, in characters.
const MAX_TYPE: usize = 40;
const MAX_VALUE: usize = 100;

/// What names a parcel beside its tracking number, in Connect's words: `shipment_id`, `S-17`. Only a function of the
/// operator's own is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identifier {
    /// Lower-case letters, digits and underscores.
    pub kind: String,
    /// As it was given.
    pub value: String,
}

impl Identifier {
    /// Reads `shipment_id:S-17`, as the parameter `identifier` of a query has it.
    ///
    /// # Errors
    /// [`TrackError::Identifier`].
    pub fn parse(written: &str) -> Result<Self, TrackError> {
        let bad = || TrackError::Identifier("it is a type and a value, such as shipment_id:S-17");
        let (kind, value) = written.split_once(':').ok_or_else(bad)?;
        let (kind, value) = (kind.trim(), value.trim());
        let word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        let good = !kind.is_empty() && kind.len() <= MAX_TYPE && kind.chars().all(word);
        if !good || value.is_empty() || value.chars().count() > MAX_VALUE {
            return Err(bad());
        }
        Ok(Self {
            kind: kind.to_owned(),
            value: value.to_owned(),
        })
    }

    /// Those of a query's pairs.
    ///
    /// # Errors
    /// [`TrackError::Identifier`], also for more than ten.
    pub fn of_query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Vec<Self>, TrackError> {
        let written = pairs.into_iter().filter(|(name, _)| *name == "identifier");
        let identifiers: Vec<Self> = written.map(|(_, value)| Self::parse(value)).collect::<Result<_, _>>()?;
        if identifiers.len() > MAX_IDENTIFIERS {
            return Err(TrackError::Identifier("a parcel has ten at most"));
        }
        Ok(identifiers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_type_and_a_value() {
        let good = Identifier::parse("shipment_id:S-17:b").unwrap();
        assert_eq!((good.kind.as_str(), good.value.as_str()), ("shipment_id", "S-17:b"));
        for bad in [
            "",
            "S-17",
            "shipment_id:",
            ":S-17",
            "Shipment:S-17",
            &format!("a:{}", "b".repeat(101)),
        ] {
            assert!(
                matches!(Identifier::parse(bad), Err(TrackError::Identifier(_))),
                "{bad}"
            );
        }
        let many = [("identifier", "a:b"); 11];
        assert!(Identifier::of_query(many).is_err());
        assert_eq!(Identifier::of_query([("carrier_code", "usps")]).unwrap(), []);
    }
}
