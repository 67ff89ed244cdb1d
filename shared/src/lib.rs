//! What two functions need, and both edges to AWS. Knows no route.
