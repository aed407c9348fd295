import DBAdapterCore
@main struct BosDB { static func main() async {} }
