//! Limits on the size and cost of a request, and on the memory of all requests.

/// Limits on the size and cost of a request, and on the memory of all requests.
#[derive(Clone, Debug)]
pub struct DocumentLimits {
    /// Number of bytes of the document.
    pub document_bytes_max: usize,
    /// Nesting of brackets, into which the parser recurses.
    pub nesting_max: usize,
    /// Nesting of fields, with fragments spread.
    pub depth_max: usize,
    /// Number of selected fields, with fragments spread, each counted once even below a list.
    pub fields_max: u64,
    /// Number of aliases, with fragments spread.
    pub aliases_max: u64,
    /// Number of directives, with fragments spread.
    pub directives_max: u64,
    /// Number of values that a response may have: each field once for every row that the pages above it may have.
    pub cost_max: u64,
    /// Number of rows that all pages of a response may really have together.
    pub rows_max: u64,
    /// Number of bytes of a response as JSON, including the records that are read for it.
    pub answer_bytes_max: u64,
    /// Number of bytes that all requests in progress may hold together.
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
            // Half of the container's memory: the program itself, the buffers of connections and the reserve of the
            // allocator take up the other half.
            memory_max: 512 * 1024 * 1024,
        }
    }
}
