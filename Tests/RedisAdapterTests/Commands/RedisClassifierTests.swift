import DBAdapterCore
import Testing

@testable import RedisAdapter

@Suite struct RedisClassifierTests {
  @Test(arguments: [
    ("GET k", StatementClassification.Effect.read, "GET"),
    ("get k", .read, "GET"),
    ("SET k v", .write, "SET"),
    ("SET k v GET", .write, "SET"),
    ("SORT k", .write, "SORT"),
    ("SORT_RO k", .read, "SORT_RO"),
    ("BITFIELD k GET u8 0", .write, "BITFIELD"),
    ("GETEX k", .write, "GETEX"),
    ("EVAL x 0", .procedure, "EVAL"),
    ("EVAL_RO x 0", .read, "EVAL_RO"),
    ("FCALL f 0", .procedure, "FCALL"),
    ("FCALL_RO f 0", .read, "FCALL_RO"),
    ("FUNCTION LIST", .read, "FUNCTION LIST"),
    ("FUNCTION LOAD x", .administration, "FUNCTION LOAD"),
    ("SCRIPT LOAD x", .write, "SCRIPT LOAD"),
    ("SCRIPT FLUSH", .administration, "SCRIPT FLUSH"),
    ("PUBLISH c m", .write, "PUBLISH"),
    ("SUBSCRIBE c", .session, "SUBSCRIBE"),
    ("PUBSUB CHANNELS", .read, "PUBSUB CHANNELS"),
    ("MULTI", .transactionControl, "MULTI"),
    ("SELECT 1", .session, "SELECT"),
    ("CLIENT SETNAME x", .session, "CLIENT SETNAME"),
    ("CLIENT LIST", .read, "CLIENT LIST"),
    ("CLIENT KILL x", .administration, "CLIENT KILL"),
    ("KEYS *", .administration, "KEYS"),
    ("FLUSHALL", .administration, "FLUSHALL"),
    ("CONFIG SET requirepass hunter2", .administration, "CONFIG SET"),
    ("config set", .administration, "CONFIG SET"),
    ("CONFIG NOSUCH hunter2", .administration, "CONFIG"),
    ("CONFIG", .unknown, "CONFIG"),
    ("XINFO NOSUCH hunter2", .unknown, "XINFO"),
    ("OBJECT HELP", .read, "OBJECT HELP"),
    ("MEMORY USAGE k", .read, "MEMORY USAGE"),
    ("SLOWLOG GET", .read, "SLOWLOG GET"),
    ("INFO", .read, "INFO"),
    ("NOSUCH hunter2", .unknown, "NOSUCH"),
    ("mod.ule-x_y a", .unknown, "MOD.ULE-X_Y"),
    ("hunter2", .unknown, "the command"),
    ("config|get x", .unknown, "the command"),
  ])
  func classifies(_ text: String, _ effect: StatementClassification.Effect, _ summary: String) throws {
    for table in [try CommandReply.table(), .builtIn] {
      let result = RedisClassifier(table).classify(RedisCommand(words: text))
      #expect(result.effect == effect && result.summary == summary && result.statementCount == 1)
    }
  }

  @Test(arguments: [
    ("maxmemory", false), ("maxmemory*", false), ("*memory*", false), ("requirepass", true), ("RequirePass", true),
    ("*", true), ("req*", true), ("*pass", true), ("r?quirepass", true), ("[r]equirepass", true), ("max[a]", true),
    ("masterauth", true), ("primaryauth", true), ("tls-key-file", false), ("tls-*", true), ("requirepas", false),
    ("requirepasss", false), ("maxmemory requirepass", true), ("''", false), ("**requirepass**", true),
  ])
  func readingASecretParameterIsAdministration(_ parameters: String, _ isSecret: Bool) throws {
    let classifier = RedisClassifier(try CommandReply.table())
    let result = classifier.classify(RedisCommand(words: "CONFIG GET " + parameters))
    #expect(result.effect == (isSecret ? .administration : .read))
  }

  @Test(arguments: [
    ("FLUSHALL", "removes every key of every database"), ("flushdb async", "removes every key of the database"),
    ("FUNCTION FLUSH", "removes every library of functions"),
    ("REPLICAOF 127.0.0.1 1", "replaces every key by those of another server"),
    ("SHUTDOWN NOSAVE", "loses every change since the last save"),
  ])
  func saysWhatIsDestroyed(_ text: String, _ destruction: String) throws {
    let classifier = RedisClassifier(try CommandReply.table())
    #expect(classifier.classify(RedisCommand(words: text)).destruction == destruction)
  }

  @Test(arguments: ["DEL s", "REPLICAOF NO ONE", "SHUTDOWN", "SCRIPT FLUSH", "SWAPDB 0 1", "GET s"])
  func destroysNothing(_ text: String) throws {
    let classifier = RedisClassifier(try CommandReply.table())
    #expect(classifier.classify(RedisCommand(words: text)).destruction == nil)
  }

  @Test func someReadsHaveWritingOptions() throws {
    let classifier = RedisClassifier(try CommandReply.table())
    #expect(classifier.classify(RedisCommand(words: "ACL LOG 10")).effect == .read)
    #expect(classifier.classify(RedisCommand(words: "ACL LOG reset")).effect == .administration)
  }

  @Test(arguments: [
    ("EVAL", "use EVAL_RO"), ("SORT", "use SORT_RO"), ("KEYS", "use SCAN"), ("GETEX", "use GET"), ("SET", nil),
    ("SELECT", "name the database in the connection string"), ("MULTI", "use atomically"), ("NOSUCH", nil),
  ])
  func advises(_ name: String, _ hint: String?) {
    #expect(RedisClassifier(.builtIn).classify(RedisCommand(name, "1", "2")).hint == hint)
  }

  @Test func aNameThatTheServerDoesNotListMayBeATypingMistake() throws {
    let classification = RedisClassifier(try CommandReply.table()).classify(RedisCommand("GTE", "key"))
    #expect(classification.effect == .unknown)
    #expect(classification.hint == "check its name, which the server does not list")
  }

  @Test func anEmptyCommandIsNoStatement() {
    #expect(RedisClassifier(.builtIn).classify(RedisCommand()).statementCount == 0)
  }
}
