namespace rs shared.base

/** Carried by every request. */
struct Base {
    1: string logId,
    2: optional map<string, string> extra,
}

exception Denied {
    1: string message,
}

service Health {
    /** Whether the service is alive. */
    bool ping(),
    string version(1: Base base) throws (1: Denied denied),
}
