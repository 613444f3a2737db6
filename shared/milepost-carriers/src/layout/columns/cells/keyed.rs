//! Reading chosen keys of a JSON object, and passing over the others without keeping them.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::super::super::scalar::{Scalar, ScalarVisitor};

/// Keys by slot: `city`, or `place.city` for a key within an object.
#[derive(Debug, Default)]
pub(in super::super) struct Keys {
    nodes: Vec<Node>,
    slots: usize,
}

#[derive(Debug)]
struct Node {
    key: String,
    slot: Option<usize>,
    inner: Vec<Node>,
    /// Whether its objects are the groups.
    is_list: bool,
}

impl Keys {
    /// The keys in the order of their slots, and that of a list of groups.
    pub(in super::super) fn of(keys: &[String], list: Option<&str>) -> Self {
        let mut nodes = Vec::new();
        for (slot, key) in keys.iter().enumerate() {
            // A key with a dot in it is looked for as it is, too.
            if let Some(node) = node(&mut nodes, key) {
                node.slot = Some(slot);
            }
            if let Some(node) = path(&mut nodes, key) {
                node.slot = Some(slot);
            }
        }
        if let Some(node) = list.and_then(|list| path(&mut nodes, list)) {
            node.is_list = true;
        }
        Self {
            nodes,
            slots: keys.len(),
        }
    }

    pub(super) fn object<'k, 'o, 'de>(&'k self, out: &'o mut Out<'de, 'k>) -> Object<'k, 'o, 'de> {
        Object {
            nodes: &self.nodes,
            out,
        }
    }
}

fn node<'n>(nodes: &'n mut Vec<Node>, key: &str) -> Option<&'n mut Node> {
    if !nodes.iter().any(|node| node.key == key) {
        nodes.push(Node {
            key: key.to_owned(),
            slot: None,
            inner: Vec::new(),
            is_list: false,
        });
    }
    nodes.iter_mut().find(|node| node.key == key)
}

fn path<'n>(nodes: &'n mut Vec<Node>, keys: &str) -> Option<&'n mut Node> {
    match keys.split_once('.') {
        None => node(nodes, keys),
        Some((key, rest)) => path(&mut node(nodes, key)?.inner, rest),
    }
}

/// What was read.
#[derive(Debug)]
pub(super) struct Out<'de, 'k> {
    pub(super) values: Vec<Scalar<'de>>,
    pub(super) groups: Vec<Vec<Scalar<'de>>>,
    group: &'k Keys,
}

impl<'k> Out<'_, 'k> {
    pub(super) fn new(keys: &Keys, group: &'k Keys) -> Self {
        Self {
            values: vec![Scalar::Absent; keys.slots],
            groups: Vec::new(),
            group,
        }
    }
}

impl<'de> Out<'de, '_> {
    /// Puts a value where its key's values go.
    fn keep(&mut self, node: &Node, value: Scalar<'de>) {
        if let Some(place) = node.slot.and_then(|slot| self.values.get_mut(slot)) {
            *place = value;
        }
    }
}

/// An object of which some keys are read. Of a key that stands twice the last counts.
pub(super) struct Object<'k, 'o, 'de> {
    nodes: &'k [Node],
    out: &'o mut Out<'de, 'k>,
}

impl<'de> DeserializeSeed<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Object<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        while let Some(node) = entries.next_key_seed(Key(self.nodes))? {
            match node {
                None => _ = entries.next_value::<IgnoredAny>()?,
                Some(node) if node.inner.is_empty() && !node.is_list => {
                    let value = entries.next_value()?;
                    self.out.keep(node, value);
                }
                Some(node) => entries.next_value_seed(Inner { node, out: self.out })?,
            }
        }
        Ok(())
    }
}

/// The node of a key, without copying the key.
struct Key<'k>(&'k [Node]);

impl<'de, 'k> DeserializeSeed<'de> for Key<'k> {
    type Value = Option<&'k Node>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'k> Visitor<'_> for Key<'k> {
    type Value = Option<&'k Node>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().find(|node| node.key == key))
    }
}

/// What stands where an object or a list is looked into. A text there is kept if its key alone is asked for, too.
struct Inner<'k, 'o, 'de> {
    node: &'k Node,
    out: &'o mut Out<'de, 'k>,
}

impl<'de> Inner<'_, '_, 'de> {
    fn keep<E>(self, read: Result<Scalar<'de>, E>) -> Result<(), E> {
        self.out.keep(self.node, read?);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Inner<'_, '_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Inner<'_, '_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<(), A::Error> {
        let nodes = &self.node.inner;
        Object { nodes, out: self.out }.visit_map(entries)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        if self.node.is_list {
            while items.next_element_seed(Group(self.out))?.is_some() {}
        } else {
            while items.next_element::<IgnoredAny>()?.is_some() {}
        }
        Ok(())
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_bool(value))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_i64(number))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_u64(number))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_f64(number))
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_borrowed_str(text))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_str(text))
    }

    fn visit_unit<E: Error>(self) -> Result<(), E> {
        self.keep(ScalarVisitor.visit_unit())
    }
}

/// An object of a list.
struct Group<'o, 'de, 'k>(&'o mut Out<'de, 'k>);

impl<'de> DeserializeSeed<'de> for Group<'_, 'de, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        static NO_GROUP: Keys = Keys {
            nodes: Vec::new(),
            slots: 0,
        };
        let keys = self.0.group;
        let mut out = Out::new(keys, &NO_GROUP);
        keys.object(&mut out).deserialize(deserializer)?;
        self.0.groups.push(out.values);
        Ok(())
    }
}
