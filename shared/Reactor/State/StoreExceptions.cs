namespace Sophia.Keda.Reactor.State;

/// <summary>The store can't be reached or written now.</summary>
public class StoreUnavailableException : Exception
{
    public StoreUnavailableException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The store holds something that this version can't read; it was left as it is.</summary>
public sealed class StoreContentException : Exception
{
    public StoreContentException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}

/// <summary>The store can be reached and would keep less than was promised: refused by the setting State:Durability.</summary>
public sealed class StoreTooWeakException(string message) : StoreUnavailableException(message);
