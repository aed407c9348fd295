import Foundation

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Runs the program on a terminal of its own, and types answers to its questions.
struct TerminalProcess {
  /// What stood on the terminal in the end.
  let screen: String
  let status: Int32

  struct Failure: Error, CustomStringConvertible { let description: String }

  /// - Parameter answers: each is typed once its question has appeared.
  init(_ arguments: [String], answers: [(question: String, answer: String)], in workspace: CLIWorkspace) throws {
    // What posix_openpt(3), unlockpt(3) and ptsname(3) do on Linux; see pts(4) and TIOCGPTN, TIOCSPTLCK of ioctl_tty(2).
    let terminal = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    var number: Int32 = 0
    var isLocked: Int32 = 0
    guard terminal >= 0, ioctl(terminal, 0x4004_5431, &isLocked) == 0, ioctl(terminal, 0x8004_5430, &number) == 0 else {
      throw Failure(description: "there is no terminal to be had")
    }
    defer { close(terminal) }
    // The first terminal that the leader of a new session opens becomes its own.
    let command = "exec setsid --wait \"$0\" -c 'exec \"$@\" </dev/pts/\(number) >&0 2>&0' \"$0\" \"$@\""
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command, "/bin/sh", CLIProcess.executable.path] + arguments
    process.currentDirectoryURL = workspace.directory
    process.environment = ["XDG_DATA_HOME": workspace.directory.path + "/data", "PATH": "/usr/bin:/bin"]
    try process.run()

    var screen = ""
    var unread = ""
    var answers = answers[...]
    while true {
      var waiting = pollfd(fd: terminal, events: Int16(POLLIN), revents: 0)
      let hasEnded = !process.isRunning
      if poll(&waiting, 1, 50) > 0 {
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = read(terminal, &bytes, bytes.count)
        if count > 0 {
          let piece = String(decoding: bytes[..<count], as: UTF8.self)
          screen += piece
          unread += piece
        } else if hasEnded {
          break
        } else {
          // Nobody has opened the other end yet.
          usleep(10_000)
        }
      } else if hasEnded {
        break
      }
      if let next = answers.first, unread.contains(next.question) {
        answers.removeFirst()
        unread = ""
        var line = Array((next.answer + "\n").utf8)
        _ = write(terminal, &line, line.count)
      }
    }
    process.waitUntilExit()
    self.screen = screen
    status = process.terminationStatus
  }
}
