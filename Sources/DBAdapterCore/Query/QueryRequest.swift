/// What the caller says a request does; the guard decides by what it really does.
public enum AccessIntent: Sendable, Hashable {
  /// Reads only: may be retried, and may be sent to a standby.
  case read
  case write
  case unspecified
}

/// One statement with its parameters and limits.
///
/// Written as a string literal, every interpolated value becomes a bound parameter:
/// ```swift
/// try await session.execute("SELECT name FROM product WHERE price < \(limit)")
/// ```
public struct QueryRequest: Sendable, Hashable {
  public var statement: Statement
  /// Values for the placeholders of a ``Statement/text(_:)``, in order.
  public var parameters: [DBValue]
  /// Default: ``AccessIntent/unspecified``.
  public var intent: AccessIntent
  /// Whether running the statement twice does no more than running it once. Default: whether the intent is to read.
  public var isIdempotent: Bool
  /// How long the whole call may take; the statement is cancelled on the server when it is over. Default: no limit.
  public var timeout: Duration?
  /// The most rows to return; a longer result is cut and says so (``QueryResult/truncation``). Default: no limit.
  public var rowLimit: Int?
  /// The most bytes the values of the result may take; a larger one is cut before the row that exceeds it and says so. Default: no limit.
  public var byteLimit: Int?
  /// Whether somebody agreed to what the statement destroys, where the session's policy asks for that (``AccessPolicy/destruction``).
  /// Default: no.
  public var isConfirmed = false
  /// A name for logs and audit, never sent to the server.
  public var label: String?

  public init(
    _ statement: Statement, parameters: [DBValue] = [], intent: AccessIntent = .unspecified, isIdempotent: Bool? = nil,
    timeout: Duration? = nil, rowLimit: Int? = nil, byteLimit: Int? = nil, label: String? = nil
  ) {
    self.statement = statement
    self.parameters = parameters
    self.intent = intent
    self.isIdempotent = isIdempotent ?? (intent == .read)
    self.timeout = timeout
    self.rowLimit = rowLimit
    self.byteLimit = byteLimit
    self.label = label
  }

  /// A statement given as text at run time, with the engine's own placeholders.
  public init(
    unsafeText text: String, parameters: [DBValue] = [], intent: AccessIntent = .unspecified,
    timeout: Duration? = nil, rowLimit: Int? = nil
  ) {
    self.init(.text(text), parameters: parameters, intent: intent, timeout: timeout, rowLimit: rowLimit)
  }

  /// The same request with a time limit.
  public func timeout(_ duration: Duration?) -> QueryRequest {
    var copy = self
    copy.timeout = duration
    return copy
  }

  /// The same request with a declaration of what it does. One that reads is idempotent.
  public func intent(_ intent: AccessIntent) -> QueryRequest {
    var copy = self
    copy.intent = intent
    copy.isIdempotent = isIdempotent || intent == .read
    return copy
  }

  /// The same request with a row limit.
  public func rowLimit(_ rows: Int?) -> QueryRequest {
    var copy = self
    copy.rowLimit = rows
    return copy
  }
}

extension QueryRequest {
  /// The values that are bound, in order, wherever they were given.
  package var boundValues: [DBValue] {
    guard case .template(let template) = statement else { return parameters }
    return template.segments.compactMap { if case .parameter(let value) = $0 { value } else { nil } } + parameters
  }

  /// The same request with a limit on the bytes of its result.
  public func byteLimit(_ bytes: Int?) -> QueryRequest {
    var copy = self
    copy.byteLimit = bytes
    return copy
  }

  /// The same request, with somebody's consent to what it destroys.
  public func confirmed() -> QueryRequest {
    var copy = self
    copy.isConfirmed = true
    return copy
  }
}

extension QueryRequest: ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self.init(.text(value)) }

  public init(stringInterpolation: StringInterpolation) {
    let segments = stringInterpolation.segments
    if case .text(let text)? = segments.first, segments.count == 1 {
      self.init(.text(text))
    } else {
      self.init(.template(QueryTemplate(segments)))
    }
  }

  public struct StringInterpolation: StringInterpolationProtocol {
    var segments: [QueryTemplate.Segment] = []

    public init(literalCapacity: Int, interpolationCount: Int) { segments.reserveCapacity(interpolationCount * 2 + 1) }

    public mutating func appendLiteral(_ literal: String) {
      if literal.isEmpty { return }
      if case .text(let text)? = segments.last {
        segments[segments.count - 1] = .text(text + literal)
      } else {
        segments.append(.text(literal))
      }
    }

    /// A value: it becomes a bound parameter.
    public mutating func appendInterpolation(_ value: some DBEncodable) { segments.append(.parameter(value.dbValue)) }

    /// A value that may be missing: it becomes a bound parameter, `NULL` when it is `nil`.
    public mutating func appendInterpolation(_ value: (some DBEncodable)?) {
      segments.append(.parameter(value?.dbValue ?? .null))
    }

    /// A name, quoted by the adapter; several parts become `"schema"."table"`.
    public mutating func appendInterpolation(identifier parts: String...) { segments.append(.identifier(parts)) }

    /// Text that becomes part of the statement as it is. Never pass anything a user typed.
    public mutating func appendInterpolation(unsafeText text: String) { appendLiteral(text) }
  }
}
