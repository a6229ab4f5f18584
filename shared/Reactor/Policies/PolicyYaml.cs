using System.Collections.Immutable;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Sophia.Keda.Reactor.Policies;

/// <summary>
/// Reads YAML by its events, so that every key and value keeps its line. Anchors, aliases and tags are refused: a policy needs none,
/// and an alias can blow a small file up into a huge one.
/// </summary>
internal sealed class PolicyYaml
{
    private const int Deepest = 16;

    private readonly Parser _parser;
    private readonly Func<Mark, Place> _place;
    private readonly FaultList _faults;

    private PolicyYaml(string text, Func<Mark, Place> place, FaultList faults)
    {
        _parser = new Parser(new StringReader(text));
        _place = place;
        _faults = faults;
    }

    /// <summary>The documents of a text; what can't be read as YAML is a fault, and ends the text.</summary>
    public static ImmutableArray<PolicyNode> Read(string text, Func<Mark, Place> place, FaultList faults)
    {
        var documents = ImmutableArray.CreateBuilder<PolicyNode>();
        var yaml = new PolicyYaml(text, place, faults);
        try
        {
            yaml._parser.Consume<StreamStart>();
            while (!yaml._parser.TryConsume<StreamEnd>(out _))
            {
                yaml._parser.Consume<DocumentStart>();
                documents.Add(yaml.Node(0));
                yaml._parser.Consume<DocumentEnd>();
            }
        }
        catch (YamlException e)
        {
            faults.Say(place(e.Start), $"this can't be read as YAML: {e.Message.ReplaceLineEndings(" ")}");
        }

        return documents.ToImmutable();
    }

    private PolicyNode Node(int depth)
    {
        var next = _parser.Accept<ParsingEvent>(out var e) ? e : throw new InvalidOperationException("the parser gave no event");
        var place = _place(next.Start);
        if (depth > Deepest)
            throw new YamlException(next.Start, next.End, $"nested deeper than {Deepest}");
        if (next is NodeEvent { Anchor.IsEmpty: false } || next is NodeEvent { Tag.IsEmpty: false })
            _faults.Say(place, "found an anchor or a tag, expected plain YAML without either");

        if (_parser.TryConsume<Scalar>(out var scalar))
            return new PolicyScalar(place, scalar.Value, scalar.Style == ScalarStyle.Literal);
        if (_parser.TryConsume<SequenceStart>(out _))
        {
            var items = ImmutableArray.CreateBuilder<PolicyNode>();
            while (!_parser.TryConsume<SequenceEnd>(out _))
                items.Add(Node(depth + 1));
            return new PolicyList(place, items.ToImmutable());
        }

        if (_parser.TryConsume<MappingStart>(out _))
            return Map(place, depth);

        _parser.MoveNext();
        _faults.Say(place, "found an alias, expected the value itself");
        return new PolicyScalar(place, "", IsLiteral: false);
    }

    private PolicyMap Map(Place place, int depth)
    {
        var entries = ImmutableArray.CreateBuilder<(PolicyScalar, PolicyNode)>();
        var known = new Dictionary<string, Place>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = Node(depth + 1);
            var value = Node(depth + 1);
            if (key is not PolicyScalar name)
                _faults.Add(key.Place, key.Show(), "a plain key");
            else if (known.TryGetValue(name.Text, out var first))
                _faults.Say(key.Place, $"found '{name.Text}' again, expected it once (it is at line {first.Line} already)");
            else
            {
                known[name.Text] = key.Place;
                entries.Add((name, value));
            }
        }

        return new PolicyMap(place, entries.ToImmutable());
    }
}
