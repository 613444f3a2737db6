use std::collections::BTreeMap;

use milepost_model::DetailCode;

use crate::statuses::Standard;

/// What a layout says of its carrier's codes. It goes before the hub's own table for the carrier.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Meanings {
    /// By event code.
    pub(super) table: BTreeMap<String, DetailCode>,
    /// The standard that the codes are of, asked where the table is silent.
    pub(super) standard: Option<Standard>,
}

impl Meanings {
    /// What a code means, with the more specific code beside it: in a standard that is the reason.
    pub(super) fn of(&self, code: &str, detail_code: &str) -> Option<DetailCode> {
        let standard = || self.standard?.detail(code, detail_code);
        self.table.get(code).copied().or_else(standard)
    }

    /// The same with other codes besides.
    pub(super) fn with(&self, table: BTreeMap<String, DetailCode>) -> Self {
        let mut meanings = self.clone();
        meanings.table.extend(table);
        meanings
    }
}
