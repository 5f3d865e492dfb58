//! Every rule fires and is silent.
