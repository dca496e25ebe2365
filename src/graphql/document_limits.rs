//! How large and how costly a question may be, and what all of them may hold.

/// How large and how costly a question may be.
#[derive(Clone, Debug)]
pub struct DocumentLimits {
    /// Bytes of the document.
    pub document_bytes_max: usize,
    /// Brackets within brackets: what the parser recurses into.
    pub nesting_max: usize,
    /// Fields within fields, with fragments spread.
    pub depth_max: usize,
    /// Selected fields, with fragments spread, and without regard to lists.
    pub fields_max: u64,
    /// Aliases, with fragments spread.
    pub aliases_max: u64,
    /// Directives, with fragments spread.
    pub directives_max: u64,
    /// Values that an answer may have: each field once for each row that the pages above it may have.
    pub cost_max: u64,
    /// Rows that the pages of an answer may really have, all together.
    pub rows_max: u64,
    /// Bytes of an answer as JSON, with those of the records that are read for it.
    pub answer_bytes_max: u64,
    /// Bytes that all requests in work may hold together.
    pub memory_max: u64,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            document_bytes_max: 100_000,
            nesting_max: 64,
            depth_max: 24,
            fields_max: 5_000,
            aliases_max: 500,
            directives_max: 500,
            cost_max: 3_000_000,
            rows_max: 200_000,
            answer_bytes_max: 32 * 1024 * 1024,
            // Half of what the container has: the program itself, the buffers of connections and what the allocator keeps
            // take up the other half.
            memory_max: 512 * 1024 * 1024,
        }
    }
}
