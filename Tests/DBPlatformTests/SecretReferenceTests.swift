import DBAdapterCore
import DBPlatform
import Foundation
import Testing

@Suite struct SecretReferenceTests {
  private let directory: TemporaryDirectory
  init() throws { directory = try TemporaryDirectory() }

  private func resolved(_ text: String) async throws(DBError) -> String {
    try await SecretReference(text).resolve().withExposed { $0 }
  }

  @Test func looksInTheEnvironment() async throws {
    setenv("BOSDB_TEST_SECRET_REFERENCE", "hunter2", 1)
    #expect(try await resolved("env:BOSDB_TEST_SECRET_REFERENCE") == "hunter2")
    await #expect(throws: DBError.self) { try await resolved("env:BOSDB_TEST_NOT_THERE") }
  }

  @Test func takesTheFirstLineOfAPrivateFile() async throws {
    let path = try directory.write("password", "hunter2\nsecond\n")
    #expect(try await resolved("file:" + path) == "hunter2")
    try directory.setMode(path, 0o640)
    let error = await #expect(throws: DBError.self) { try await resolved("file:" + path) }
    #expect(error?.code == .permissionDenied)
    #expect(error?.message.contains("chmod 600") == true)
    for missing in ["nothing", "."] {
      await #expect(throws: DBError.self) { try await resolved("file:" + directory.file(missing)) }
    }
    let empty = try directory.write("empty", "\n")
    await #expect(throws: DBError.self) { try await resolved("file:" + empty) }
  }

  @Test func takesWhatACommandPrints() async throws {
    #expect(try await resolved("cmd:printf 'a b\\n\\n'") == "a b")
    #expect(
      try await resolved("cmd:echo \"$HOME\" | tr a-z A-Z") == ProcessInfo.processInfo.environment["HOME"]?.uppercased()
    )
  }

  @Test(arguments: [
    ("echo hunter2; exit 3", "exit status 3"), ("echo hunter2 >&2; exit 1", "exit status 1"),
    ("true", "prints nothing"), ("kill -9 $$", "exit status 137"), ("printf '\\377'", "prints no text"),
    ("yes hunter2", "prints more"), ("no-such-program-hunter2", "exit status 127"),
  ])
  func saysHowACommandFailedAndNotWhatItPrinted(_ command: String, _ reason: String) async throws {
    let error = await #expect(throws: DBError.self) { try await resolved("cmd:" + command) }
    #expect(error?.message.contains(reason) == true, "\(error.map { "\($0)" } ?? "")")
    #expect(error.map { $0.debugDescription.contains("hunter2") } == false)
  }

  @Test func commandsAndTheirTextAreInNoArguments() async throws {
    let shown = try await resolved("cmd:tr '\\0' ' ' </proc/$$/cmdline #hunter2")
    #expect(!shown.contains("hunter2"))
    #expect(shown.contains("eval"))
  }

  @Test func commandsDoNotInheritTheMasterKey() async throws {
    setenv("BOSDB_NEW_MASTER_KEY", "hunter2", 1)
    defer { unsetenv("BOSDB_NEW_MASTER_KEY") }
    #expect(try await resolved("cmd:echo \"[$BOSDB_NEW_MASTER_KEY]\"") == "[]")
  }

  @Test(arguments: ["", "hunter2", "env:", "vault:x", "env:A=B", "file:", "cmd:"])
  func refusesWhatIsNone(_ text: String) {
    let error = #expect(throws: DBError.self) { try SecretReference(text) }
    #expect(error.map { $0.message.contains("hunter2") } == false)
  }
}
