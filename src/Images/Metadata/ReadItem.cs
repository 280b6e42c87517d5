using MessagePack;

namespace Interpose.Images.Metadata;

/// <summary>Reads one element of a list.</summary>
internal delegate T ReadItem<T>(ref MessagePackReader reader);
