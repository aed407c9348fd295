internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A TCP proxy on loopback between an adapter and its server that does to the bytes what networks do.
///
/// It has one thread and plain sockets of its own, so that it shares nothing with what it tests. A fault applies to the connections
/// there are and to those to come; change it with ``fault`` while a statement runs. ``stop()`` ends it and frees everything.
public final class FaultProxy: Sendable {
  /// Which way bytes go.
  public enum Direction: Sendable, Hashable {
    case fromClient, fromServer
  }

  /// How a connection ends.
  public enum Ending: Sendable, Hashable {
    /// FIN, after the bytes before it.
    case close
    /// RST, which throws away what is still on the way.
    case reset
  }

  /// What happens to the bytes.
  public enum Fault: Sendable, Hashable {
    /// Nothing: everything is passed on.
    case none
    /// New connections are refused; those there are go on.
    case refuse
    /// Connections are accepted, and nothing is ever passed on.
    case blackHole
    /// Both sides lose the connection once so many more bytes went a way; zero means before the next byte that way.
    case cut(Direction, after: Int, Ending)
    /// One way is ended in order after so many more bytes; the other stays open.
    case halfClose(Direction, after: Int)
    /// Every piece waits so long before it is passed on.
    case delay(Duration)
    /// One byte a segment.
    case throttle
    /// After so many more bytes one way nothing more is passed on that way, and the connection stays.
    case stall(Direction, after: Int)
  }

  /// The port on 127.0.0.1 to connect to.
  public let port: UInt16
  private let engine: FaultProxyEngine
  private let thread: Locked<pthread_t?>

  /// Starts a proxy in front of a server on this machine.
  /// - Throws: ``FaultProxyError`` when the system gives no socket or thread.
  public init(toPort serverPort: UInt16, fault: Fault = .none) throws {
    engine = try FaultProxyEngine(serverPort: serverPort, fault: fault)
    port = engine.port
    var started = pthread_t()
    let context = Unmanaged.passRetained(engine)
    let status = pthread_create(
      &started, nil,
      { context in
        Unmanaged<FaultProxyEngine>.fromOpaque(context!).takeRetainedValue().run()
        return nil
      }, context.toOpaque())
    guard status == 0 else {
      context.release()
      throw FaultProxyError(call: "pthread_create", code: status)
    }
    thread = Locked(started)
    // Waits for the thread: a port that refuses must not be open for a moment first.
    engine.fault = fault
  }

  deinit { stop() }

  /// What happens to the bytes from now on; byte counts start anew. Setting it returns once it is in force.
  public var fault: Fault {
    get { engine.fault }
    set { engine.fault = newValue }
  }

  /// How many connections were accepted.
  public var connectionCount: Int { engine.counters.accepted }

  /// How many connections are open on the client's side.
  public var openConnections: Int { engine.counters.open }

  /// Bytes passed on to the server and to the client.
  public var passedBytes: (toServer: Int, toClient: Int) {
    let counters = engine.counters
    return (counters.toServer, counters.toClient)
  }

  /// Ends all open connections now, as a crashed machine or a firewall would.
  public func cutAll(_ ending: Ending) { engine.cutAll(ending) }

  /// Closes everything and waits for the thread. Idempotent.
  public func stop() {
    engine.stop()
    let running = thread.withLock { thread in
      defer { thread = nil }
      return thread
    }
    if let running { pthread_join(running, nil) }
  }
}

/// A system call of the proxy that failed.
public struct FaultProxyError: Error, Sendable, CustomStringConvertible {
  let call: String
  let code: Int32

  /// `bind failed: 98`.
  public var description: String { "\(call) failed: \(code)" }
}
