use crate::hub::{Access, Folder, Hub, HubError};

use super::{Failure, Options};

/// How a command reaches the hub: the one that runs on the data folder, or one of its own for as long as it takes.
pub enum Reach {
    /// It runs in another process.
    Running(Box<Access>),
    /// It runs in this one.
    Embedded(Box<Hub>),
}

impl Reach {
    /// Reaches the hub of the data folder.
    ///
    /// # Errors
    /// When a hub has the folder and cannot be reached, or none can be started.
    pub async fn hub(options: &Options) -> Result<Self, Failure> {
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
