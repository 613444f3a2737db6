use std::os::unix::fs::PermissionsExt;
use std::pin::Pin;
use std::sync::Arc;

use aws_config::SdkConfig;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use milepost_model::SecretRef;
use milepost_net::source::{ReadSecret, Secret};
use milepost_store::SealKey;
use tokio::io::AsyncReadExt;

use crate::RuntimeError;

/// Reads the sealing key; the error says what is wrong and holds nothing of it.
pub type ReadSeal = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Result<SealKey, String>> + Send>> + Send + Sync>;

/// SSM parameters hold at most 8 KB.
const MAX_SECRET_BYTES: u64 = 8 * 1024;

/// Reads secrets by reference: `ssm:/name` or `file:/path`. Nothing of a secret gets into an error or a log.
#[derive(Debug, Clone)]
pub struct Secrets {
    settings: SdkConfig,
}

impl Secrets {
    /// SSM is asked with these settings.
    pub fn new(settings: SdkConfig) -> Self {
        Self { settings }
    }

    /// The text behind a reference, without the line end of a file.
    ///
    /// # Errors
    /// [`RuntimeError::Secret`] with the reference and what is wrong.
    pub async fn read(&self, reference: &SecretRef) -> Result<String, RuntimeError> {
        let failed = |problem: String| RuntimeError::Secret {
            reference: reference.clone(),
            problem,
        };
        if let Some(path) = reference.0.strip_prefix("file:") {
            read_file(path).await.map_err(failed)
        } else if let Some(name) = reference.0.strip_prefix("ssm:") {
            self.read_parameter(name).await.map_err(failed)
        } else {
            Err(failed("a reference begins with ssm: or file:".to_owned()))
        }
    }

    /// As a function, for use cases that read connections' credentials.
    pub fn reader(self) -> ReadSecret {
        Arc::new(move |reference| {
            let secrets = self.clone();
            Box::pin(async move {
                secrets
                    .read(&reference)
                    .await
                    .map(Secret::new)
                    .map_err(|error| error.to_string())
            })
        })
    }

    /// The hub's sealing key: 32 bytes in base64.
    ///
    /// # Errors
    /// [`RuntimeError::Secret`] when it cannot be read or is no such key.
    pub async fn seal_key(&self, reference: &SecretRef) -> Result<SealKey, RuntimeError> {
        let text = self.read(reference).await?;
        let bytes = STANDARD
            .decode(text.trim())
            .ok()
            .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        let problem = "it is not 32 bytes in base64 (make one with: openssl rand -base64 32)".to_owned();
        bytes.map(SealKey::new).ok_or_else(|| RuntimeError::Secret {
            reference: reference.clone(),
            problem,
        })
    }

    /// The hub's sealing key as a function, for use cases that need it seldom.
    pub fn seal_reader(self, reference: SecretRef) -> ReadSeal {
        Arc::new(move || {
            let (secrets, reference) = (self.clone(), reference.clone());
            Box::pin(async move { secrets.seal_key(&reference).await.map_err(|error| error.to_string()) })
        })
    }

    async fn read_parameter(&self, name: &str) -> Result<String, String> {
        let client = aws_sdk_ssm::Client::new(&self.settings);
        let answer = client.get_parameter().name(name).with_decryption(true).send().await;
        let answer = answer.map_err(|error| {
            let code = error
                .as_service_error()
                .map_or("SSM did not answer", |error| match error {
                    e if e.is_parameter_not_found() => "there is no such parameter",
                    _ => "SSM refused",
                });
            code.to_owned()
        })?;
        answer
            .parameter
            .and_then(|parameter| parameter.value)
            .ok_or_else(|| "the parameter is empty".to_owned())
    }
}

async fn read_file(path: &str) -> Result<String, String> {
    let file = tokio::fs::File::open(path)
        .await
        .map_err(|error| error.kind().to_string())?;
    let facts = file.metadata().await.map_err(|error| error.kind().to_string())?;
    if facts.permissions().mode() & 0o077 != 0 {
        return Err("others may read the file: chmod 600 it".to_owned());
    }
    let mut bytes = vec![0; usize::try_from(facts.len().min(MAX_SECRET_BYTES)).unwrap_or(0)];
    file.take(MAX_SECRET_BYTES)
        .read_exact(&mut bytes)
        .await
        .map_err(|error| error.kind().to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "the file is not text".to_owned())?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
