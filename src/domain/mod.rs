//! What can be recorded: dates, entities, events, sources, limits and the transition table. Pure values.
