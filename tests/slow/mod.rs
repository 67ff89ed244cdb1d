//! What takes minutes, and so is ignored until `tests/slow/scale.sh` runs it.

mod cost_by_size;
mod scale;
