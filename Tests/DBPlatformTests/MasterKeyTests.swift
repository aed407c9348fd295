import DBAdapterCore
import DBPlatform
import Testing

@Suite struct MasterKeyTests {}
