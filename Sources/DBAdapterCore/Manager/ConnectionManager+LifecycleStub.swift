extension ConnectionManager {
  /// Waits until its task is cancelled.
  public func run() async {
    let (never, continuation) = AsyncStream<Never>.makeStream()
    for await _ in never {}
    withExtendedLifetime(continuation) {}
  }

  /// Does nothing: no connection outlives its session yet.
  public func shutdown(grace: Duration) async {}
}
