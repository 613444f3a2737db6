//! How a carrier's refusals are told apart.

use super::written::Means;
use crate::live::json::Json;
use crate::live::{HttpAnswer, LiveProblem};

/// What a rule looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// The whole answer.
    Answer,
    /// What the answer says of one number.
    Parcel,
}

/// One refusal. All that it gives must fit.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Rule {
    pub(super) of: Whose,
    pub(super) status: Vec<u16>,
    /// Where the words are. Without texts to compare, it is enough that something is there.
    pub(super) path: Option<String>,
    pub(super) is: Vec<String>,
    pub(super) contains: Vec<String>,
    pub(super) means: Means,
}

impl Rule {
    fn fits(&self, answer: &HttpAnswer<'_>, body: Option<Json<'_>>) -> bool {
        if !self.status.is_empty() && !self.status.contains(&answer.status) {
            return false;
        }
        let Some(path) = &self.path else { return true };
        let Some(body) = body.filter(|body| body.has(path)) else {
            return false;
        };
        let text = body.text(path);
        (self.is.is_empty() && self.contains.is_empty())
            || self.is.contains(&text)
            || self.contains.iter().any(|part| text.contains(part.as_str()))
    }
}

/// What the first rule that fits says.
pub(super) fn problem_of(
    rules: &[Rule],
    of: Whose,
    answer: &HttpAnswer<'_>,
    body: Option<Json<'_>>,
) -> Option<LiveProblem> {
    let rule = rules.iter().find(|rule| rule.of == of && rule.fits(answer, body))?;
    let retry_after = answer.retry_after();
    Some(match rule.means {
        Means::NotFoundYet => LiveProblem::NotFoundYet,
        Means::InvalidNumber => LiveProblem::InvalidNumber,
        Means::TokenRefused => LiveProblem::TokenRefused,
        Means::Refused => LiveProblem::Refused {
            why: "the carrier's description knows its answer for that",
        },
        Means::Throttled => LiveProblem::Throttled { retry_after },
        Means::CarrierDown => LiveProblem::CarrierDown { retry_after },
    })
}
