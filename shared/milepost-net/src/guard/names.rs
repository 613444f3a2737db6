//! From a name to the addresses that may be connected to, with one lookup.

use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::{AddressPolicy, GuardError};

/// The most addresses of one name that are tried: a few networks of one host. A longer answer is padding.
const MAX_ADDRESSES: usize = 8;

/// A policy together with the name service it is applied to.
///
/// As a [`Resolve`] it hands only allowed addresses to an HTTP client, and by [`Guard::addresses`] to anything else.
#[derive(Clone)]
pub struct Guard {
    policy: Arc<AddressPolicy>,
    names: Arc<dyn Resolve>,
}

impl Guard {
    /// A guard over the system's name service.
    pub fn new(policy: AddressPolicy) -> Self {
        Self::with_names(policy, Arc::new(SystemNames))
    }

    /// A guard over another name service, as in a test.
    pub fn with_names(policy: AddressPolicy, names: Arc<dyn Resolve>) -> Self {
        Self {
            policy: Arc::new(policy),
            names,
        }
    }

    /// The policy that this guard applies.
    pub fn policy(&self) -> &AddressPolicy {
        &self.policy
    }

    /// As [`AddressPolicy::check_url`].
    ///
    /// # Errors
    ///
    /// As [`AddressPolicy::check_url`].
    pub fn check_url(&self, text: &str) -> Result<Url, GuardError> {
        self.policy.check_url(text)
    }

    /// The addresses of a host that may be connected to, at least one, in the order of the name service.
    ///
    /// # Errors
    ///
    /// Any [`GuardError`] about a host, an address or a name.
    pub async fn addresses(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, GuardError> {
        match self.policy.check_host(host)? {
            Host::Ipv4(address) => Ok(vec![SocketAddr::new(address.into(), port)]),
            Host::Ipv6(address) => Ok(vec![SocketAddr::new(address.into(), port)]),
            Host::Domain(name) => {
                let name: Name = name.parse().map_err(|_| GuardError::Host)?;
                let found = self.look_up(name).await?;
                Ok(found
                    .into_iter()
                    .map(|address| SocketAddr::new(address.ip(), port))
                    .collect())
            }
        }
    }

    async fn look_up(&self, name: Name) -> Result<Vec<SocketAddr>, GuardError> {
        let mut found = self
            .names
            .resolve(name)
            .await
            .map_err(|_| GuardError::Unresolved)?
            .peekable();
        if found.peek().is_none() {
            return Err(GuardError::Unresolved);
        }
        let allowed: Vec<SocketAddr> = found
            .filter(|address| self.policy.allows(address.ip()))
            .take(MAX_ADDRESSES)
            .collect();
        if allowed.is_empty() {
            Err(GuardError::NoPublicAddress)
        } else {
            Ok(allowed)
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let allowed = guard.look_up(name).await?;
            Ok::<Addrs, _>(Box::new(allowed.into_iter()))
        })
    }
}

impl std::fmt::Debug for Guard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Guard")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// The name service of the machine (`getaddrinfo`).
struct SystemNames;

impl Resolve for SystemNames {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            Ok::<Addrs, _>(Box::new(found.into_iter()))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every name with the same addresses.
    struct Answer(&'static [&'static str]);

    impl Resolve for Answer {
        fn resolve(&self, _: Name) -> Resolving {
            let found: Vec<SocketAddr> = self
                .0
                .iter()
                .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
                .collect();
            Box::pin(async move { Ok::<Addrs, _>(Box::new(found.into_iter())) })
        }
    }

    async fn check(answer: &'static [&'static str], host: &str, expect: Result<&[&str], GuardError>) {
        let guard = Guard::with_names(AddressPolicy::default(), Arc::new(Answer(answer)));
        let expect = expect.map(|list| {
            list.iter()
                .map(|text| text.parse().unwrap())
                .collect::<Vec<SocketAddr>>()
        });
        assert_eq!(guard.addresses(host, 21).await, expect, "{host} {answer:?}");
    }

    #[tokio::test]
    async fn only_allowed_addresses_are_handed_on() {
        check(&["8.8.8.8"], "ftp.example.com", Ok(&["8.8.8.8:21"])).await;
        check(&["10.0.0.1", "8.8.8.8", "::1"], "ftp.example.com", Ok(&["8.8.8.8:21"])).await;
        check(
            &["10.0.0.1", "::ffff:169.254.169.254"],
            "ftp.example.com",
            Err(GuardError::NoPublicAddress),
        )
        .await;
        check(&[], "ftp.example.com", Err(GuardError::Unresolved)).await;
        check(&["8.8.8.8"], "localhost", Err(GuardError::Address)).await;
        // A literal is never looked up.
        check(&["8.8.8.8"], "10.0.0.1", Err(GuardError::Address)).await;
        check(&["8.8.8.8"], "1.1.1.1", Ok(&["1.1.1.1:21"])).await;
        check(&["1.0.0.1"; 40], "ftp.example.com", Ok(&["1.0.0.1:21"; MAX_ADDRESSES])).await;
    }

    #[tokio::test]
    async fn the_system_finds_localhost() {
        let policy = AddressPolicy {
            allow_loopback: true,
            ..AddressPolicy::default()
        };
        let found = Guard::new(policy).addresses("localhost", 21).await.unwrap();
        assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
    }
}
