
mod trace_properties;
