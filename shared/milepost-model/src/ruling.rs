//! Which report of each fact rules.

use std::collections::BTreeMap;

use crate::dated::DatedFact;
use crate::{FactName, ParcelFact};

/// Of each name the report with the largest (as of, arrival, value); an empty value never rules.
///
/// Reports are gone through in order of arrival, so that `began` is when the present value came to rule: a report that
/// repeats it, or that is older than it, begins nothing.
pub(crate) fn ruling(facts: &[&DatedFact<'_>]) -> BTreeMap<FactName, ParcelFact> {
    let mut reports = facts.to_vec();
    reports.retain(|fact| !fact.copy.value.value.is_empty());
    reports.sort_by_key(|fact| (fact.copy.arrival, fact.as_of, &fact.copy.value.value));
    let mut ruling: BTreeMap<FactName, ParcelFact> = BTreeMap::new();
    for DatedFact { as_of, copy } in reports {
        let quiet = copy.hides(*as_of);
        let rules = ParcelFact {
            value: copy.value.value.clone(),
            as_of: *as_of,
            began: copy.arrival,
            quiet,
        };
        ruling
            .entry(copy.value.name)
            .and_modify(|now| {
                // Of equal age, this report arrived later, or its value is the larger one of the same row.
                if now.value == copy.value.value {
                    now.as_of = now.as_of.max(*as_of);
                    now.quiet &= quiet;
                } else if *as_of >= now.as_of {
                    *now = rules.clone();
                }
            })
            .or_insert(rules);
    }
    ruling
}
