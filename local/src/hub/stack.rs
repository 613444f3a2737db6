//! A deployed hub, found through the outputs of its stack.

use std::collections::BTreeMap;

use aws_config::{Region, SdkConfig};
use aws_sdk_cloudformation::Client;
use aws_sdk_cloudformation::error::{DisplayErrorContext, ProvideErrorMetadata};
use thiserror::Error;

use milepost_net::AddressPolicy;
use milepost_runtime::{private_networks, sdk_loader};

/// Which stack, and as whom.
#[derive(Debug, Clone)]
pub struct StackName {
    /// Its name in `CloudFormation`.
    pub stack: String,
    /// A profile of the AWS configuration files; without one the environment's.
    pub profile: Option<String>,
    /// Its region; without one the profile's or the environment's.
    pub region: Option<String>,
}

/// Where the parts of a deployed hub are, as template.yaml puts them out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Outputs {
    pub(super) table: String,
    pub(super) bucket: String,
    pub(super) import_queue: String,
    pub(super) webhook_queue: String,
    pub(super) notify_queue: String,
    pub(super) seal_key: String,
    /// None where the operator has made no RSA key.
    pub(super) signing_key: Option<String>,
}

/// Why a stack is no hub that can be reached.
#[derive(Debug, Error)]
pub enum StackError {
    /// There is no region to look in.
    #[error("no region: give --region, or set AWS_REGION or the profile's")]
    NoRegion,
    /// `CloudFormation` knows no such stack.
    #[error("there is no stack {stack} in {region}")]
    NoStack {
        /// Its name.
        stack: String,
        /// Where it was looked for.
        region: String,
    },
    /// It was not made by the template of this version.
    #[error("the stack {stack} has no output {output}: deploy this version's template first")]
    NoOutput {
        /// Its name.
        stack: String,
        /// What is missing.
        output: &'static str,
    },
    /// `CloudFormation` does not answer, or not to these credentials.
    #[error("CloudFormation was asked for the stack {stack}: {problem}")]
    Refused {
        /// Its name.
        stack: String,
        /// What the SDK says.
        problem: String,
    },
}

/// The settings of AWS's SDK that reach a stack.
pub(super) async fn settings(name: &StackName) -> SdkConfig {
    let mut loader = sdk_loader();
    if let Some(profile) = &name.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(region) = &name.region {
        loader = loader.region(Region::new(region.clone()));
    }
    loader.load().await
}

/// Asks `CloudFormation` for a stack's outputs, and where its connections and webhooks may lead.
pub(super) async fn outputs(name: &StackName, settings: &SdkConfig) -> Result<(Outputs, AddressPolicy), StackError> {
    let stack = name.stack.clone();
    let region = settings.region().ok_or(StackError::NoRegion)?.to_string();
    let asked = Client::new(settings).describe_stacks().stack_name(&stack).send().await;
    let described = match asked {
        Ok(described) => described,
        // What CloudFormation says of a stack that it does not know.
        Err(error) if error.code() == Some("ValidationError") => return Err(StackError::NoStack { stack, region }),
        Err(error) => {
            let problem = DisplayErrorContext(&error).to_string();
            return Err(StackError::Refused { stack, problem });
        }
    };
    let Some(described) = described.stacks().first() else {
        return Err(StackError::NoStack { stack, region });
    };
    let given = described.outputs().iter().filter_map(|output| {
        let key = output.output_key()?;
        Some((key, output.output_value()?))
    });
    let mut chosen = described.parameters().iter();
    let networks = chosen.find(|parameter| parameter.parameter_key() == Some("PrivateNetworks"));
    let networks = networks.and_then(|parameter| parameter.parameter_value());
    // The template takes nothing that is no list of ranges.
    let addresses = private_networks(networks.unwrap_or_default()).unwrap_or_default();
    Ok((Outputs::of(&stack, &given.collect())?, addresses))
}

impl Outputs {
    fn of(stack: &str, given: &BTreeMap<&str, &str>) -> Result<Self, StackError> {
        let output = |output: &'static str| {
            let value = given.get(output).map(|value| (*value).to_owned());
            value.ok_or_else(|| StackError::NoOutput {
                stack: stack.to_owned(),
                output,
            })
        };
        Ok(Self {
            table: output("TableName")?,
            bucket: output("BucketName")?,
            import_queue: output("ImportQueueUrl")?,
            webhook_queue: output("WebhookQueueUrl")?,
            notify_queue: output("NotifyQueueUrl")?,
            seal_key: output("SealKey")?,
            signing_key: given.get("SigningKey").map(|reference| (*reference).to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_output_is_one_of_the_template() {
        let template = include_str!("../../../template.yaml");
        let (_, outputs) = template.split_once("\nOutputs:\n").unwrap();
        let keys = outputs
            .lines()
            .filter_map(|line| line.strip_prefix("  ")?.strip_suffix(':'))
            .filter(|key| !key.starts_with(' '));
        let given: BTreeMap<&str, &str> = keys.map(|key| (key, key)).collect();
        let found = Outputs::of("milepost", &given).unwrap();
        assert_eq!(found.seal_key, "SealKey");
        assert_eq!(found.notify_queue, "NotifyQueueUrl");
    }

    #[test]
    fn a_missing_output_is_named() {
        let error = Outputs::of("old", &BTreeMap::from([("TableName", "t")])).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the stack old has no output BucketName: deploy this version's template first"
        );
    }
}
