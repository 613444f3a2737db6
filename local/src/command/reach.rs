use crate::hub::{Access, Folder, Hub, HubError};

use super::{Failure, Options, Target};

/// How a command reaches the hub: a deployed one, the one that runs on the data folder, or one of its own for as long
/// as it takes.
pub enum Reach {
    /// It runs elsewhere.
    Running(Box<Access>),
    /// It runs in this process.
    Embedded(Box<Hub>),
}

impl Reach {
    /// Reaches the hub that the options name.
    ///
    /// # Errors
    /// When the stack cannot be found, when a hub has the folder and cannot be reached, or when none can be started.
    pub async fn hub(options: &Options) -> Result<Self, Failure> {
        if options.target == Target::Aws {
            return Ok(Self::Running(Box::new(Access::to_stack(&options.stack()).await?)));
        }
        if options.profile.is_some() || options.region.is_some() {
            return Err("--profile and --region are for a deployed hub: add --target aws".into());
        }
        match Hub::open(&options.data, "http://127.0.0.1:8080").await {
            Ok(hub) => Ok(Self::Embedded(Box::new(hub))),
            Err(HubError::Busy(path)) => match Folder::announced(&path) {
                Some(announcement) => Ok(Self::Running(Box::new(Access::to_announced(&announcement, &path)))),
                None => Err(HubError::Busy(path).into()),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// The clients.
    pub fn access(&self) -> &Access {
        match self {
            Self::Running(access) => access,
            Self::Embedded(hub) => hub.access(),
        }
    }

    /// Ends it; a hub of one's own first does what is left to do.
    ///
    /// # Errors
    /// The queues'.
    pub async fn leave(self) -> Result<(), Failure> {
        if let Self::Embedded(hub) = self {
            hub.drain().await?;
            hub.stop().await;
        }
        Ok(())
    }
}
