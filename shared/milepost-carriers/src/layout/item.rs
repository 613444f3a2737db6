use milepost_feeds::RowFault;
use milepost_model::{CarrierCode, Fact, FactName, Invalid, RejectReason, TrackingEvent, TrackingNumber};

/// What a row says: events and facts of one parcel.
#[derive(Debug, Clone, PartialEq)]
pub struct Item {
    /// Whose they are.
    pub number: TrackingNumber,
    /// The carrier that the row names, if it is one that is known here. It need not be the connection's.
    pub carrier: Option<CarrierCode>,
    /// What happened.
    pub events: Vec<TrackingEvent>,
    /// What else the row states.
    pub facts: Vec<Fact>,
    /// Leave out what arrived before it: Connect's update method `replace`.
    pub replaces: bool,
    /// What is odd in the row but lost none of it that could be read, or what its source warned of.
    pub warnings: Vec<String>,
}

/// Why a row became no item: what it is counted by, and what to look at (a column, a rule, or the message with which the
/// source itself gave the row up). Never the row's content, which has names and addresses in it.
pub type Refusal = (RejectReason, String);

/// What a row is counted by that the feed reader could not make a record of, or whose JSON is broken.
pub fn reason_of(fault: RowFault) -> RejectReason {
    match fault {
        RowFault::Encoding { .. } => RejectReason::Encoding,
        RowFault::FieldTooLong { .. } | RowFault::TooManyColumns { .. } | RowFault::RecordTooLong { .. } => {
            RejectReason::TooLong
        }
        RowFault::Nul { .. }
        | RowFault::UnclosedQuote
        | RowFault::Json { .. }
        | RowFault::JsonShape { .. }
        | RowFault::CutOff
        | RowFault::WrongCount { .. }
        | RowFault::WrongControl
        | RowFault::Markup
        | RowFault::TruncatedLine { .. } => RejectReason::Malformed,
    }
}

/// The refusal for a fault, whose message holds positions and limits only.
pub(super) fn faulty(fault: RowFault) -> Refusal {
    (reason_of(fault), fault.to_string())
}

/// Reads a tracking number as a row writes it, trimmed; `column` is what its place is called.
///
/// With it comes the fact that keeps the number as written, where that is not its canonical form.
pub(super) fn number(written: &str, column: &str) -> Result<(TrackingNumber, Option<Fact>), Refusal> {
    let number = TrackingNumber::parse(written).map_err(|invalid| {
        let reason = match invalid {
            Invalid::NumberEmpty => RejectReason::NoTrackingNumber,
            Invalid::NumberPlaceholder => RejectReason::PlaceholderNumber,
            _ => RejectReason::BadTrackingNumber,
        };
        (reason, format!("{column}: {invalid}"))
    })?;
    let as_written = (number.as_str() != written).then(|| Fact {
        name: FactName::NumberAsWritten,
        value: written.to_owned(),
        as_of: None,
    });
    Ok((number, as_written))
}
