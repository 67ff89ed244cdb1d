//! Counters: the counts that were read, and those that a request writes.
//!
//! A counter belongs to an item of the limits table, whose key names its window. Counting is one conditional update, so
//! simultaneous requests can't be counted beyond the limit.

use std::{collections::HashMap, num::NonZeroU32};

use crate::clock::Timestamp;

/// An increment of some counters of one item, if all of them are below their limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The key of the item.
    pub key: String,
    /// The counters in it, each with its limit.
    pub counters: Vec<(String, NonZeroU32)>,
    /// When the item is no longer needed.
    pub expires_at: Timestamp,
}

/// What was counted so far, by the keys of the items.
#[derive(Clone, Debug, Default)]
pub struct Counters(HashMap<String, HashMap<String, u32>>);

impl Counters {
    /// Adds the counters of one item.
    pub fn insert(&mut self, key: String, counters: HashMap<String, u32>) {
        self.0.insert(key, counters);
    }

    /// Whether something was counted under this key.
    pub fn has(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }

    /// The keys under which something was counted.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// A counter; zero when nothing was counted.
    pub(super) fn get(&self, key: &str, counter: &str) -> u32 {
        self.0.get(key).and_then(|counters| counters.get(counter)).copied().unwrap_or_default()
    }
}

#[cfg(test)]
impl Counters {
    /// One item with these counters.
    pub(super) fn for_tests(key: &str, counters: &[(&str, u32)]) -> Self {
        let counters = counters.iter().map(|(name, count)| ((*name).to_owned(), *count));
        Self(HashMap::from([(key.to_owned(), counters.collect())]))
    }
}
