using System.Collections;
using System.Reflection;

namespace Interpose.Tests.Unit.Images;

/// <summary>
/// Makes a record whose every field has a value of its own, and compares two records field by field. So no codec test
/// has to be touched when a record gets a field, and a field that is written but not read, or in another order, shows.
/// </summary>
internal sealed class FilledRecord
{
    private int _next = 1;

    public T Make<T>() => (T)Value(typeof(T), typeof(T).Name);

    /// <returns>The path of the first difference, or null.</returns>
    public static string? Difference(object? left, object? right, string path = "")
    {
        if (left is null || right is null || left is string || left.GetType().IsPrimitive || left.GetType().IsEnum)
        {
            return Equals(left, right) ? null : $"{path}: {left} became {right}";
        }

        if (left is IDictionary or IEnumerable)
        {
            object[] a = [.. ((IEnumerable)left).Cast<object>()], b = [.. ((IEnumerable)right).Cast<object>()];
            return a.Length != b.Length
                ? $"{path}: {a.Length} items became {b.Length}"
                : a.Zip(b).Select((p, i) => Difference(p.First, p.Second, $"{path}[{i}]")).FirstOrDefault(d => d is not null);
        }

        return Fields(left.GetType())
            .Select(p => Difference(p.GetValue(left), p.GetValue(right), $"{path}.{p.Name}"))
            .FirstOrDefault(d => d is not null);
    }

    private static IEnumerable<PropertyInfo> Fields(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.GetIndexParameters().Length == 0);

    private object Value(Type type, string name)
    {
        int n = _next++;
        if (type == typeof(string))
        {
            return $"{name} {n} \u00e9\udc80";
        }

        if (type == typeof(bool))
        {
            return true;
        }

        if (type == typeof(byte[]))
        {
            return Enumerable.Range(n, 128).Select(i => (byte)i).ToArray();
        }

        if (type.IsEnum)
        {
            return Enum.GetValues(type).Cast<object>().Last();
        }

        if (type.IsPrimitive)
        {
            return Convert.ChangeType(n, type, null);
        }

        if (type == typeof(IReadOnlyDictionary<string, string>))
        {
            return new Dictionary<string, string> { [$"key {n}"] = $"value {n}" };
        }

        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>))
        {
            Type item = type.GetGenericArguments()[0];
            Array items = Array.CreateInstance(item, 2);
            items.SetValue(Value(item, name), 0);
            items.SetValue(Value(item, name), 1);
            return items;
        }

        object record = Activator.CreateInstance(type)!;
        foreach (PropertyInfo field in Fields(type).Where(f => f.CanWrite))
        {
            field.SetValue(record, Value(field.PropertyType, field.Name));
        }

        return record;
    }
}
