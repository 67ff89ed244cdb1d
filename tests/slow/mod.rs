//! Tests that take minutes, ignored unless `tests/slow/scale.sh` runs them.

mod cost_by_size;
mod scale;
