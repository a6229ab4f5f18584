using StackExchange.Redis;

namespace Sophia.Keda.Reactor.State.Redis;

/// <summary>What a script takes one by one, in the order it takes them; lists begin with their length.</summary>
internal sealed class RedisArguments
{
    private readonly List<RedisValue> values = [];

    public RedisArguments Add(string text)
    {
        values.Add(text);
        return this;
    }

    public RedisArguments Add(long number)
    {
        values.Add(number);
        return this;
    }

    public RedisArguments Add(byte[] bytes)
    {
        values.Add(bytes);
        return this;
    }

    /// <summary>JSON, compressed when it is large.</summary>
    public RedisArguments AddJson(string json) => Add(RedisJson.Pack(json));

    public RedisArguments AddMany<T>(IReadOnlyCollection<T> items, Action<RedisArguments, T> add)
    {
        Add(items.Count);
        foreach (var item in items)
            add(this, item);
        return this;
    }

    /// <summary>After what every script begins with.</summary>
    public RedisValue[] After(params ReadOnlySpan<string> first)
    {
        var all = new List<RedisValue>(first.Length + values.Count);
        foreach (var text in first)
            all.Add(text);
        all.AddRange(values);
        return [.. all];
    }
}
