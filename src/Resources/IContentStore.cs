using Interpose.Images.Metadata;

namespace Interpose.Resources;

/// <summary>Takes content that is to be saved in the image, while everything stands still.</summary>
public interface IContentStore
{
    /// <summary>The object with this device and inode, added when it is new, and filled from the open file given.</summary>
    /// <returns>1 + its index, as <see cref="OpenFileDescription.ContentObject"/> wants it.</returns>
    int AddFile(SharedObject item, DescriptorFacts facts);
}
