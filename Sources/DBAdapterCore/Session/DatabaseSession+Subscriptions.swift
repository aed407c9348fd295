extension DatabaseSession {
  /// Subscribes, and lends the messages as they arrive.
  ///
  /// ```swift
  /// try await session.withMessages(of: [.channel("orders"), .pattern("news.*")]) { messages in
  ///   for try await message in messages { … }
  /// }
  /// ```
  /// The subscription has a connection to itself and ends with the closure. Messages that were published while nobody was subscribed, or while
  /// the connection was lost, are gone: then the sequence throws, and what happened meanwhile has to be looked up.
  /// - Throws: ``DBError/Code-swift.struct/unsupported`` when the adapter has no subscriptions or the server does not report changes of keys,
  ///   and whatever `body` throws.
  public func withMessages<R>(
    of topics: [SubscriptionTopic], file: StaticString = #fileID, line: UInt = #line,
    _ body: (MessageStream) async throws -> R
  ) async throws -> R {
    let origin = CallSite(file: file, line: line)
    guard adapter is any Subscribing else { throw lacking("subscribe", origin) }
    guard !topics.isEmpty else {
      throw DBError(.invalidParameter, "a subscription needs a topic").completed(origin: origin.location)
    }
    try state.enter(origin)
    defer { state.leave() }
    let (lease, session) = try await ownConnection(nil, origin)
    // A connection that was subscribed is of no other use.
    session.state.markSpent()
    defer { lease.giveBack(session.state) }
    let subscription: any Subscription
    do throws(DBError) {
      guard let subscribing = session.adapter as? any Subscribing else { throw lacking("subscribe", origin) }
      let trail = try await session.admit(.question("subscribe"), origin)
      do throws(DBError) {
        subscription = try await subscribing.openSubscription(topics)
      } catch {
        await trail?.end(error)
        throw error
      }
      await trail?.end(.succeeded(rows: 0, bytes: 0))
    } catch {
      throw completed(error, origin)
    }
    do {
      let result = try await body(MessageStream(subscription: subscription, session: self, origin: origin))
      await subscription.close()
      return result
    } catch {
      await subscription.close()
      throw error
    }
  }
}

/// The messages of a subscription, in the order they arrived.
public struct MessageStream: AsyncSequence, Sendable {
  let subscription: any Subscription
  let session: DatabaseSession
  let origin: CallSite

  public func makeAsyncIterator() -> Iterator { Iterator(stream: self) }

  public struct Iterator: AsyncIteratorProtocol {
    let stream: MessageStream

    /// Waits for the next message.
    /// - Throws: ``DBError/Code-swift.struct/connectionLost`` when messages may have been missed, ``DBError/Code-swift.struct/cancelled`` when the
    ///   task is cancelled.
    public mutating func next() async throws(DBError) -> ServerMessage? {
      do throws(DBError) {
        return try await stream.subscription.next()
      } catch {
        throw stream.session.completed(error, stream.origin)
      }
    }
  }
}
