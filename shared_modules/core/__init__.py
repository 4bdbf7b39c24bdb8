"""The ground floor: types, events, clock, parameters, progress, settings, errors and paths that every room shares."""
