internal import DBAdapterCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#else
internal import Darwin
#endif

/// A program that prints a secret.
///
/// The shell reads the command from its environment, not from its arguments, which every user of the machine can see. It has no standard input,
/// what it says on standard error is dropped, and it does not inherit the master key.
enum SecretCommand {
  /// How long a command may take.
  static let timeLimit = Duration.seconds(30)
  private static let outputLimit = 1 << 16
  private static let variable = "BOSDB_SECRET_COMMAND_LINE"

  /// Runs a command with `/bin/sh` and takes what it prints, without the line breaks at its end.
  /// - Parameter purpose: what the secret is for, at the beginning of errors.
  /// - Throws: ``DBError/Code-swift.struct/invalidParameter`` with the exit status when the command fails or prints nothing,
  ///   ``DBError/Code-swift.struct/timeout``. What it printed is never part of an error.
  static func run(
    _ command: String, for purpose: String, within limit: Duration = timeLimit
  ) async throws(DBError) -> Secret {
    let result = await BlockingThreads.resolving.run { () -> Result<Secret, DBError> in
      do throws(DBError) {
        return .success(try output(of: command, purpose, limit))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private static func output(_ child: Child, _ purpose: String, _ deadline: Deadline) throws(DBError) -> [UInt8] {
    var bytes: [UInt8] = []
    while true {
      var waiting = pollfd(fd: child.output, events: Int16(POLLIN), revents: 0)
      let ready = poll(&waiting, 1, 50)
      if deadline.hasPassed {
        throw DBError(.timeout, "\(purpose): the command did not end within \(timeLimit)")
      }
      if ready == 0 || ready < 0 && errno == EINTR { continue }
      var count = 0
      let piece = [UInt8](unsafeUninitializedCapacity: 4_096) { buffer, filled in
        count = read(child.output, buffer.baseAddress, buffer.count)
        filled = max(count, 0)
      }
      if count < 0, errno == EINTR { continue }
      if count <= 0 { return bytes }
      bytes += piece
      guard bytes.count <= outputLimit else {
        throw DBError(
          .invalidParameter, "\(purpose): the command prints more than a secret (over \(outputLimit) bytes)")
      }
    }
  }

  private static func output(of command: String, _ purpose: String, _ limit: Duration) throws(DBError) -> Secret {
    guard !command.utf8.contains(0) else {
      throw DBError(.invalidParameter, "\(purpose): the command has a NUL character")
    }
    let deadline = Deadline(after: limit)
    guard let child = Child(command, variable) else {
      throw DBError(.resourceLimit, "\(purpose): /bin/sh cannot be started")
    }
    defer { close(child.output) }
    let bytes: [UInt8]
    do throws(DBError) {
      bytes = try output(child, purpose, deadline)
    } catch {
      child.end()
      throw error
    }
    guard let status = child.wait(until: deadline) else {
      child.end()
      throw DBError(.timeout, "\(purpose): the command did not end within \(limit)")
    }
    guard status == 0 else {
      throw DBError(
        .invalidParameter, "\(purpose): the command failed with exit status \(status); run it by hand to see why")
    }
    guard let text = String(validating: bytes, as: UTF8.self), !text.utf8.contains(0) else {
      throw DBError(.invalidParameter, "\(purpose): the command prints no text")
    }
    let secret = String(text.reversed().drop { $0.isNewline }.reversed())
    guard !secret.isEmpty else { throw DBError(.invalidParameter, "\(purpose): the command prints nothing") }
    return Secret(secret)
  }

  /// The shell, in a process group of its own.
  private struct Child {
    let process: pid_t
    let output: Int32

    /// Held from making a pipe until its end is the child's alone, so that no other child inherits it and keeps it open.
    private static let spawning = Locked<Void>(())

    init?(_ command: String, _ variable: String) {
      let child = Self.spawning.withLock { _ in Self.spawn(command, variable) }
      guard let child else { return nil }
      self = child
    }

    private init(process: pid_t, output: Int32) {
      self.process = process
      self.output = output
    }

    private static func spawn(_ command: String, _ variable: String) -> Child? {
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { return nil }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      defer { close(ends[1]) }
      var actions = posix_spawn_file_actions_t()
      var attributes = posix_spawnattr_t()
      posix_spawn_file_actions_init(&actions)
      posix_spawnattr_init(&attributes)
      defer {
        posix_spawn_file_actions_destroy(&actions)
        posix_spawnattr_destroy(&attributes)
      }
      posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
      posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO)
      posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
      var none = sigset_t()
      var all = sigset_t()
      sigemptyset(&none)
      sigfillset(&all)
      posix_spawnattr_setsigmask(&attributes, &none)
      posix_spawnattr_setsigdefault(&attributes, &all)
      posix_spawnattr_setpgroup(&attributes, 0)
      let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP
      posix_spawnattr_setflags(&attributes, Int16(flags))
      let words = ["/bin/sh", "-c", "eval \"$\(variable)\""]
      let arguments = words.map { (word: String) in strdup(word) } + [nil]
      let variables = Self.inherited + ["\(variable)=\(command)"]
      let environment = variables.map { (variable: String) in strdup(variable) } + [nil]
      defer { for text in arguments + environment { free(text) } }
      var process: pid_t = 0
      guard posix_spawn(&process, "/bin/sh", &actions, &attributes, arguments, environment) == 0 else {
        close(ends[0])
        return nil
      }
      return Child(process: process, output: ends[0])
    }

    /// The exit status, 128 and the signal's number for a signal; `nil` when the time is over.
    func wait(until deadline: Deadline) -> Int32? {
      var status: Int32 = 0
      while true {
        let ended = waitpid(process, &status, WNOHANG)
        if ended == process { return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F }
        if ended < 0, errno != EINTR { return 127 }
        if deadline.hasPassed { return nil }
        usleep(2_000)
      }
    }

    /// Ends the shell and what it started.
    func end() {
      kill(-process, SIGKILL)
      var status: Int32 = 0
      while waitpid(process, &status, 0) < 0, errno == EINTR {}
    }

    private static var inherited: [String] {
      var variables: [String] = []
      var entry = environ
      while let text = entry.pointee {
        let variable = String(cString: text)
        if !variable.hasPrefix("BOSDB_MASTER_KEY="), !variable.hasPrefix("BOSDB_NEW_MASTER_KEY=") {
          variables.append(variable)
        }
        entry += 1
      }
      return variables
    }
  }
}
