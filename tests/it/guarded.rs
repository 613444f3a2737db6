//! Where webhooks may not lead: each range of addresses and each way to write one, refused when an endpoint is saved, and
//! again when something is sent to an endpoint that got into the table all the same. (What the guard itself makes of the
//! edges of each range is tested beside it.)

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use milepost_model::{AccountId, DeliveryState, EndpointFilter, EndpointId, EndpointStyle, Standing, Tell};
use milepost_net::{AddressPolicy, Exchange, Guard, GuardError, Timeouts};
use milepost_webhooks::{DeliveryOrder, EndpointChange, Endpoints, NewEndpoint, Outcome, WebhookError};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use support::receiver::Receiver;
use tokio::net::{TcpListener, TcpStream};

use crate::deliveries::{Bench, at};

/// Hosts that are a refused address, however it is written.
const ADDRESSES: &[&str] = &[
    "0.1.2.3",
    "10.0.0.5",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "169.254.100.1",
    "172.16.0.1",
    "192.0.0.8",
    "192.0.2.1",
    "198.51.100.1",
    "203.0.113.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[100::1]",
    "[5f00::1]",
    // Addresses of IPv4 inside of IPv6: mapped, compatible, 6to4, NAT64.
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:a9fe:a9fe]",
    "[::7f00:1]",
    "[2002:7f00:1::]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::7f00:1]",
    // Written otherwise.
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.1",
    "0",
    "0xa9fea9fe",
    "127.0.0.1.",
    "%31%32%37.0.0.1",
    "１２７.0.0.1",
    "localhost",
    "LOCALHOST.",
    "hub.localhost",
    "hub.localhost.",
];

/// URLs that are refused for something else, or only once their name was looked up.
const URLS: &[(&str, GuardError)] = &[
    ("hooks.example.com", GuardError::Url),
    ("http://hooks.example.com/", GuardError::Scheme),
    ("ftp://hooks.example.com/", GuardError::Scheme),
    ("file:///etc/passwd", GuardError::Scheme),
    ("https://user@hooks.example.com/", GuardError::UserInfo),
    ("https://:password@hooks.example.com/", GuardError::UserInfo),
    ("https://hooks.example.com@127.0.0.1/", GuardError::UserInfo),
    ("https://hooks.example.com:22/", GuardError::Port(22)),
    ("https://hooks.example.com:80/", GuardError::Port(80)),
    ("https://hooks.example.com:9443/", GuardError::Port(9443)),
    ("https://private.example/", GuardError::NoPublicAddress),
    ("https://private.example./", GuardError::NoPublicAddress),
    ("https://metadata.example/", GuardError::NoPublicAddress),
    ("https://embedded.example/", GuardError::NoPublicAddress),
];

/// A name service: to each lookup of a name the next answer, the last one again and again.
#[derive(Default)]
struct Names {
    answers: Mutex<BTreeMap<&'static str, Vec<&'static [&'static str]>>>,
    asked: AtomicUsize,
}

impl Names {
    fn with(names: &[(&'static str, &[&'static [&'static str]])]) -> Arc<Self> {
        let answers = names.iter().map(|(name, answers)| (*name, answers.to_vec()));
        Arc::new(Self {
            answers: Mutex::new(answers.collect()),
            ..Self::default()
        })
    }

    /// Lookups since the last call.
    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

impl Resolve for Names {
    fn resolve(&self, name: Name) -> Resolving {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mut names = self.answers.lock().unwrap();
        let answers = names.get_mut(name.as_str().trim_end_matches('.'));
        let answers = answers.unwrap_or_else(|| panic!("{} is looked up", name.as_str()));
        let answer = if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0]
        };
        let found: Vec<SocketAddr> = answer
            .iter()
            .map(|address| SocketAddr::new(address.parse().unwrap(), 0))
            .collect();
        Box::pin(async move { Ok::<Addrs, _>(Box::new(found.into_iter())) })
    }
}

/// A service of the operator's own network, which counts who comes.
struct Inside {
    address: SocketAddr,
    met: Arc<AtomicUsize>,
}

impl Inside {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let met = Arc::<AtomicUsize>::default();
        let count = Arc::clone(&met);
        tokio::spawn(async move {
            while listener.accept().await.is_ok() {
                count.fetch_add(1, Ordering::SeqCst);
            }
        });
        Self { address, met }
    }

    /// That whoever connects would be seen.
    async fn sees(&self, host: &str) {
        let before = self.met.load(Ordering::SeqCst);
        drop(TcpStream::connect((host, self.address.port())).await.unwrap());
        for _ in 0..500 {
            if self.met.swap(0, Ordering::SeqCst) > before {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nobody came by {host}");
    }

    fn met(&self) -> usize {
        self.met.load(Ordering::SeqCst)
    }
}

fn exchange(policy: &AddressPolicy, names: &Arc<Names>) -> Exchange {
    let guard = Guard::with_names(policy.clone(), Arc::<Names>::clone(names));
    Exchange::new(guard, Timeouts::default(), "test").unwrap()
}

fn new(url: &str) -> NewEndpoint {
    NewEndpoint {
        url: url.to_owned(),
        name: None,
        store_id: None,
        style: EndpointStyle::ShipEngine,
        filter: EndpointFilter::of_all(Tell::EveryEvent),
        headers: Vec::new(),
    }
}

/// The same message for another endpoint.
fn to(endpoint: &str, order: &DeliveryOrder) -> DeliveryOrder {
    DeliveryOrder {
        delivery: format!("{}-{endpoint}", order.delivery),
        endpoint: endpoint.to_owned(),
        ..order.clone()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_webhook_leads_inside_neither_when_saved_nor_when_sent() {
    let bench = Bench::new().await;
    let inside = Inside::start().await;
    let port = inside.address.port();
    // The deployed hub's policy, but that a service at this port would be reached.
    let policy = AddressPolicy {
        extra_ports: vec![port],
        ..AddressPolicy::default()
    };
    let names = Names::with(&[
        ("private.example", &[&["10.0.0.1", "127.0.0.1"]]),
        ("metadata.example", &[&["169.254.169.254", "fd00:ec2::254"]]),
        (
            "embedded.example",
            &[&["::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]],
        ),
        ("well.example", &[&["127.0.0.1"]]),
    ]);
    let order = bench.owed("https://well.example/").await;
    let account = AccountId::default_account();
    let queue = bench.access.webhook_queue();
    let endpoints = Endpoints::new(bench.store.clone(), queue, exchange(&policy, &names), None);
    let deliverer = bench.deliverer_over(exchange(&policy, &names));

    let addresses = ADDRESSES.iter().map(|host| {
        let url = format!("https://{host}:{port}/hook");
        (url, GuardError::Address)
    });
    let urls = URLS.iter().map(|(url, error)| ((*url).to_owned(), *error));
    let (now, there) = (bench.now, EndpointId("se-1".to_owned()));
    for (nth, (url, expect)) in addresses.chain(urls).enumerate() {
        let is_refused = |saved: Result<(), WebhookError>| match saved {
            Err(WebhookError::Refused { field, why }) => {
                assert_eq!((field, why), ("url", expect.to_string()), "saved: {url}");
            }
            other => panic!("{url} is saved: {other:?}"),
        };
        is_refused(endpoints.add(&account, new(&url), now).await.map(drop));
        let change = EndpointChange {
            url: Some(url.clone()),
            ..EndpointChange::default()
        };
        is_refused(endpoints.change(&account, &there, change, now).await);

        let id = format!("past-the-check-{nth}");
        bench
            .endpoint(&id, &url, EndpointStyle::ShipEngine, Tell::EveryEvent)
            .await;
        let order = to(&id, &order);
        let outcome = deliverer.deliver(&order, at(&move || now)).await.unwrap();
        assert_eq!(outcome, Outcome::TryAgain, "sent: {url}");
        let attempts = bench.delivery(&order.delivery).await.attempts;
        assert_eq!(attempts[0].error, Some(format!("refused: {expect}")), "sent: {url}");
    }
    assert_eq!(inside.met(), 0);
    inside.sees("127.0.0.1").await;
    bench.cloud.stop().await;
}

/// Here 127.0.0.2 stands for the Internet, and 0.0.0.0, which leads to 127.0.0.1, for the network inside. (Linux answers
/// at all of 127/8.)
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_leads_only_to_the_address_that_was_checked() {
    let bench = Bench::new().await;
    let inside = Inside::start().await;
    inside.sees("0.0.0.0").await;
    let port = inside.address.port();
    let receiver = Receiver::on(TcpListener::bind(("127.0.0.2", port)).await.unwrap());
    let policy = AddressPolicy {
        allow_loopback: true,
        allow_plain_http: true,
        extra_ports: vec![port],
        ..AddressPolicy::default()
    };
    let (public, private): (&[&str], &[&str]) = (&["127.0.0.2"], &["0.0.0.0"]);
    let names = Names::with(&[
        ("mixed.example", &[&["0.0.0.0", "127.0.0.2", "169.254.169.254"]]),
        ("rebinding.example", &[public, private]),
        ("sent-once.example", &[public, public, private]),
    ]);
    let order = bench.owed("https://nowhere.example/").await;
    let account = AccountId::default_account();
    let now = bench.now;
    let refused = Some("refused: the name leads to no public address");
    for (name, outcome, error) in [
        ("mixed.example", Outcome::Delivered, None),
        ("rebinding.example", Outcome::TryAgain, refused),
        ("sent-once.example", Outcome::Delivered, None),
    ] {
        let url = format!("http://{name}:{port}/hook");
        let queue = bench.access.webhook_queue();
        let endpoints = Endpoints::new(bench.store.clone(), queue, exchange(&policy, &names), None);
        let (endpoint, _) = endpoints.add(&account, new(&url), now).await.unwrap();
        assert_eq!(endpoint.standing, Standing::Enabled, "{name}: the receiver was probed");
        assert_eq!(
            names.asked(),
            1,
            "{name}: no second lookup between check and connection"
        );

        let order = to(&endpoint.id.0, &order);
        let deliverer = bench.deliverer_over(exchange(&policy, &names));
        assert_eq!(
            deliverer.deliver(&order, at(&move || now)).await.unwrap(),
            outcome,
            "{name}"
        );
        assert_eq!(names.asked(), 1, "{name}");
        let delivery = bench.delivery(&order.delivery).await;
        assert_eq!(delivery.attempts[0].error.as_deref(), error, "{name}");
        let delivered = delivery.state == DeliveryState::Delivered;
        assert_eq!(delivered, outcome == Outcome::Delivered, "{name}");
    }
    assert_eq!(receiver.messages().len(), 2);
    assert_eq!(inside.met(), 0);
    bench.cloud.stop().await;
}
