export type ResourceType = 'image' | 'video' | 'raw';

export interface CloudinaryAsset {
	readonly public_id: string;
	readonly resource_type: ResourceType;
	readonly asset_folder: string;
	readonly version: number;
	readonly format: string;
	readonly bytes: number;
	readonly created_at: string;
	/** In the media store. */
	readonly media: string;
}

export interface CloudinaryState {
	/** By `resource type/public id`. */
	assets: Record<string, CloudinaryAsset>;
}

export function emptyCloudinaryState(): CloudinaryState {
	return { assets: {} };
}
