//! A carrier given as a file: a TOML text that says how to ask its API and how to read the answer.
//! docs/adding-a-carrier.md explains every field.
//!
//! 1. `written` is the text's form, `check` makes a [`DescribedCarrier`] of it or says in which line what is wrong.
//! 2. `template` fills the calls, `rule` tells the carrier's refusals apart, `read` takes the answer to pieces.

mod check;
mod error;
mod read;
mod rule;
mod template;
mod written;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use milepost_model::{CarrierCode, DetailCode};

pub use error::DescriptionError;

use self::read::Reading;
use self::rule::{Rule, Whose, problem_of};
use self::template::{Fill, Place, Template};
use super::address::{base, under};
use super::call::header;
use super::collect::for_all;
use super::json::{Json, parse};
use super::oauth::{self, ClientLogin};
use super::problem::{Login, by_status, unexpected, without};
use super::{Access, Asked, CallError, HttpAnswer, HttpCall, LiveCarrier, LiveProblem, Method, Outcome, Terms, Token};
use crate::registry::{Field, FieldKind, Form, Need};

/// Longest text of a description in bytes. The worked example has 3 KB; a status table of a thousand codes has 40.
pub const MAX_DESCRIPTION_BYTES: usize = 64 * 1024;

/// The codes and texts of the descriptions that come with the hub.
pub fn bundled_descriptions() -> &'static [(&'static str, &'static str)] {
    &[
        ("gls", include_str!("../../apis/gls.toml")),
        ("la_poste", include_str!("../../apis/la_poste.toml")),
    ]
}

/// The carriers of those descriptions.
pub(super) fn bundled() -> &'static [DescribedCarrier] {
    static BUNDLED: LazyLock<Vec<DescribedCarrier>> = LazyLock::new(|| {
        let texts = bundled_descriptions().iter();
        texts
            .filter_map(|(_, text)| DescribedCarrier::parse(text).ok())
            .collect()
    });
    &BUNDLED
}

/// A carrier that is given as a TOML text: how to ask its API, and how to read the answer.
#[derive(Debug, Clone, PartialEq)]
pub struct DescribedCarrier {
    code: CarrierCode,
    name: String,
    terms: Terms,
    registration: Vec<OwnField>,
    settings: Vec<OwnField>,
    login: Signature,
    method: Method,
    path: Template,
    headers: Vec<(String, Template)>,
    body: Option<(String, Place, Template)>,
    rules: Vec<Rule>,
    reading: Reading,
    statuses: BTreeMap<String, DetailCode>,
}

/// A field of a form, with texts of its own.
#[derive(Debug, Clone, PartialEq)]
struct OwnField {
    name: String,
    title: String,
    help: String,
    kind: FieldKind,
    need: Need,
}

/// How calls are signed.
#[derive(Debug, Clone, PartialEq)]
enum Signature {
    /// Whatever the templates put into the call.
    Templates,
    Basic {
        user: Template,
        password: Template,
    },
    Token {
        /// A path under the base URL, or a whole address.
        url: String,
        login: ClientLogin,
        client_id: Template,
        client_secret: Template,
        scope: Option<String>,
    },
}

impl DescribedCarrier {
    /// Reads a description and checks it.
    ///
    /// # Errors
    ///
    /// [`DescriptionError`], which names the field, the rule that it breaks, and where it is known its line.
    pub fn parse(text: &str) -> Result<Self, DescriptionError> {
        check::description(text)
    }

    /// Its code in the APIs.
    pub fn code(&self) -> &CarrierCode {
        &self.code
    }

    /// Its name as people write it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What a connection to it must give: the names of the fields are those of its
    /// [`Credentials`](super::Credentials).
    pub fn registration_form(&self) -> Form<'_> {
        form(&self.registration)
    }

    /// What a seller may change later.
    pub fn settings_form(&self) -> Form<'_> {
        form(&self.settings)
    }

    /// Where tokens are had. A connection's own base URL stands for every host of the carrier: what is a test must not
    /// send credentials elsewhere.
    fn token_address(&self, url: &str, base_url: &str) -> Result<String, CallError> {
        let own = [Some(&self.terms.base_url), self.terms.sandbox_url.as_ref()];
        let is_own = own
            .into_iter()
            .flatten()
            .any(|own| **own == *base_url.trim_end_matches('/'));
        match url.strip_prefix("https://") {
            None => under(base_url, url),
            Some(_) if is_own => Ok(url.to_owned()),
            Some(rest) => under(base_url, rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")),
        }
    }

    fn login_kind(&self) -> Login {
        match self.login {
            Signature::Token { .. } => Login::Token,
            Signature::Templates | Signature::Basic { .. } => Login::Credentials,
        }
    }

    /// Of the whole answer: what the rules say, then what the status says.
    fn problem_of(&self, answer: &HttpAnswer<'_>, body: Option<Json<'_>>) -> Option<LiveProblem> {
        if let Some(problem) = problem_of(&self.rules, Whose::Answer, answer, body) {
            return Some(problem);
        }
        if let Some(problem) = by_status(answer, self.login_kind()) {
            return Some(problem);
        }
        match answer.status {
            200..=299 => None,
            404 => Some(LiveProblem::NotFoundYet),
            _ => Some(unexpected(answer)),
        }
    }
}

fn form(fields: &[OwnField]) -> Form<'_> {
    let fields: Vec<_> = fields
        .iter()
        .map(|field| Field {
            name: &field.name,
            title: &field.title,
            help: &field.help,
            kind: field.kind,
            need: field.need,
        })
        .collect();
    Form::new(&[&fields])
}

impl LiveCarrier for DescribedCarrier {
    fn terms(&self) -> &Terms {
        &self.terms
    }

    fn token_call(&self, access: &Access<'_>) -> Result<Option<HttpCall>, CallError> {
        let Signature::Token {
            url,
            login,
            client_id,
            client_secret,
            scope,
        } = &self.login
        else {
            return Ok(None);
        };
        let fill = Fill { asked: &[], access };
        let url = self.token_address(url, access.base_url)?;
        let (id, secret) = (
            client_id.fill(&fill, Place::Verbatim)?,
            client_secret.fill(&fill, Place::Verbatim)?,
        );
        Ok(Some(oauth::token_call(url, *login, (&id, &secret), scope.as_deref())))
    }

    fn read_token(&self, answer: &HttpAnswer<'_>) -> Result<Token, LiveProblem> {
        oauth::read_token(answer)
    }

    fn track_call(&self, asked: &[Asked], access: &Access<'_>) -> Result<HttpCall, CallError> {
        if asked.is_empty() || asked.len() > self.terms.batch {
            return Err(CallError::Batch { most: self.terms.batch });
        }
        let fill = Fill { asked, access };
        let mut headers = vec![header("accept", "application/json")];
        for (name, value) in &self.headers {
            let value = value.fill(&fill, Place::Verbatim)?;
            headers.retain(|(known, _)| known != name);
            headers.push((name.clone(), value));
        }
        match &self.login {
            Signature::Templates => {}
            Signature::Basic { user, password } => {
                let (user, password) = (
                    user.fill(&fill, Place::Verbatim)?,
                    password.fill(&fill, Place::Verbatim)?,
                );
                headers.push(header("authorization", &oauth::basic(&user, &password)));
            }
            Signature::Token { .. } => {
                headers.push(access.bearer()?);
            }
        }
        let mut body = Vec::new();
        if let Some((content_type, place, template)) = &self.body {
            headers.push(header("content-type", content_type));
            body = template.fill(&fill, *place)?.into_bytes();
        }
        let url = format!("{}{}", base(access.base_url)?, self.path.fill(&fill, Place::Url)?);
        Ok(HttpCall {
            method: self.method,
            url,
            headers,
            body,
        })
    }

    fn read(&self, answer: &HttpAnswer<'_>, asked: &[Asked]) -> Vec<Outcome> {
        let body = parse(answer.body);
        if let Some(problem) = self.problem_of(answer, body.as_ref().ok().map(Json::of)) {
            return for_all(asked, &problem);
        }
        let body = match &body {
            Ok(body) => Json::of(body),
            Err(problem) => return for_all(asked, problem),
        };
        // Without a number in it, one answer is about one parcel.
        if asked.len() > 1 && !self.reading.names_numbers() {
            return for_all(asked, &without("number of a parcel"));
        }
        let parcels = match self.reading.parcels(body) {
            Ok(parcels) => parcels,
            Err(problem) => return for_all(asked, &problem),
        };
        let result = |asked: &Asked| {
            let Some(parcel) = parcels.of(&asked.number) else {
                return Err(LiveProblem::NotFoundYet);
            };
            match problem_of(&self.rules, Whose::Parcel, answer, Some(parcel)) {
                Some(problem) => Err(problem),
                None => self.reading.read(parcel, &self.statuses),
            }
        };
        let outcome = |asked: &Asked| Outcome {
            number: asked.number.clone(),
            result: result(asked),
        };
        asked.iter().map(outcome).collect()
    }
}
