//! Lambda functions of the operator's own, called by their ARN.
//!
//! Which ones may be called is the role's business, and the template's list; here an answer is bounded, and told from
//! the function's own failure.

use aws_sdk_lambda::Client;
use aws_sdk_lambda::primitives::Blob;
use bytes::Bytes;

use crate::error::{AwsError, ErrorClass};
use crate::guard::AddressPolicy;

/// The longest output that is taken, in bytes: what Lambda lets a function answer is 6 MB, and a parcel's history has
/// some ten kilobytes.
pub const MAX_OUTPUT: usize = 6 * 1024 * 1024;

/// What a function answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Its output.
    Done(Bytes),
    /// It ended with an error, which this describes.
    Failed(Bytes),
}

/// Why there is no output.
#[derive(Debug, thiserror::Error)]
pub enum FunctionError {
    /// Lambda refused the call, or did not answer.
    #[error(transparent)]
    Call(AwsError),
    /// The output is longer than [`MAX_OUTPUT`].
    #[error("the function's output has {bytes} bytes")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// An address of Lambda's API was given, which only a hub on one's own machine may use.
    #[error("a Lambda API of one's own can be named only where loopback addresses may be reached")]
    Endpoint,
}

impl FunctionError {
    /// What a caller can do about it.
    pub fn class(&self) -> ErrorClass {
        match self {
            Self::Call(error) => error.class(),
            Self::TooLong { .. } => ErrorClass::Permanent,
            Self::Endpoint => ErrorClass::Caller,
        }
    }
}

/// Calls functions. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Functions {
    client: Client,
    addresses: AddressPolicy,
}

impl Functions {
    /// Over a client whose own retries are off: what is asked is asked once.
    pub fn new(client: Client, addresses: AddressPolicy) -> Self {
        Self { client, addresses }
    }

    /// Calls a function and waits for its output. `endpoint` is another address of Lambda's API, such as that of
    /// `sam local start-lambda`.
    ///
    /// # Errors
    ///
    /// Any [`FunctionError`]; a function that fails by itself is an [`Output`].
    pub async fn call(&self, arn: &str, input: Vec<u8>, endpoint: Option<&str>) -> Result<Output, FunctionError> {
        let call = self.client(endpoint)?.invoke().function_name(arn);
        let answer = call.payload(Blob::new(input)).send().await;
        let answer = answer.map_err(|error| FunctionError::Call(AwsError::new("Invoke", &error)))?;
        let output = Bytes::from(answer.payload.map(Blob::into_inner).unwrap_or_default());
        match (output.len(), answer.function_error) {
            (bytes, _) if bytes > MAX_OUTPUT => Err(FunctionError::TooLong { bytes }),
            (_, Some(_)) => Ok(Output::Failed(output)),
            (_, None) => Ok(Output::Done(output)),
        }
    }

    fn client(&self, endpoint: Option<&str>) -> Result<Client, FunctionError> {
        let Some(endpoint) = endpoint else {
            return Ok(self.client.clone());
        };
        if !self.addresses.allow_loopback || self.addresses.check_url(endpoint).is_err() {
            return Err(FunctionError::Endpoint);
        }
        let config = self.client.config().to_builder().endpoint_url(endpoint).build();
        Ok(Client::from_conf(config))
    }
}
